import Foundation
import Gateway
import Logging
import Observability
import Synchronization
import TestSupport
import TransparencyLog

/// A party's server on this machine: log, witness and mirror in a folder that goes with it.
final class LogServerFixture: Sendable {
    let folder: TemporaryFolder
    let logSigner: NoteSigner
    let witnessSigner: NoteSigner
    let mirrorSigner: NoteSigner
    let directory: LogDirectory
    let sequencer: Sequencer
    let witness: Witness
    let mirror: LogMirror
    let metrics = PrometheusRegistry(processMetrics: false)
    let port: Int
    private let running: Task<Void, any Error>

    /// What the tests' log finds entries by: the SHA-256 in hexadecimal that an entry holds after `key=`.
    static func keys(of entry: [UInt8]) -> [LogHash] {
        entry.split(separator: UInt8(ascii: " ")).compactMap { word in
            word.starts(with: Array("key=".utf8))
                ? LogHash(hex: String(decoding: word.dropFirst(4), as: UTF8.self)) : nil
        }
    }

    /// - Parameters:
    ///   - others: Whose logs the witness and the mirror know.
    ///   - cosigners: Who is asked for cosignatures.
    ///   - needed: How many of them a published checkpoint needs.
    init(
        name: String, others: [NoteKey] = [], cosigners: [any CheckpointCosigner] = [], needed: Int = 0,
        limits: LogServerLimits = LogServerLimits(), settings: SequencerSettings = SequencerSettings()
    ) async throws {
        folder = try TemporaryFolder()
        logSigner = try NoteSigner.generate(name: "\(name)/log", kind: .ed25519)
        witnessSigner = try NoteSigner.generate(name: "\(name)/witness", kind: .cosignature)
        mirrorSigner = try NoteSigner.generate(name: "\(name)/mirror", kind: .cosignature)
        directory = try LogDirectory.create(folder.file("log"), signer: logSigner)
        sequencer = try await Sequencer.open(
            directory, signer: logSigner, cosigners: cosigners, believes: { $0.count >= needed },
            keysOf: { LogServerFixture.keys(of: $0) }, settings: settings)
        witness = try Witness(directory: folder.file("witness"), signer: witnessSigner, logs: KnownLogs(others))
        mirror = try LogMirror(directory: folder.file("mirror"), signer: mirrorSigner, logs: KnownLogs(others))
        var parts = LogServer.Parts()
        parts.log = LogPart(
            directory: directory, sequencer: sequencer, keysOf: { LogServerFixture.keys(of: $0) }
        ) { entry in
            switch entry.first {
            case UInt8(ascii: "!"): .malformed("an exclamation")
            case UInt8(ascii: "?"): .forbidden("a question")
            case UInt8(ascii: "~"): .tooMany(retryAfter: 9)
            default: .admitted
            }
        }
        parts.witness = witness
        parts.mirror = mirror
        parts.card = { Array("the card\n".utf8) }
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let server = LogServer(
            host: "127.0.0.1", port: 0, parts: parts, limits: limits, metrics: metrics, logger: logger
        ) { port in
            continuation.yield(port)
        }
        running = Task { try await server.run() }
        var found = 0
        for await port in ports {
            found = port
            break
        }
        port = found
    }

    var client: RawClient { RawClient(port: port) }
    var address: String { "http://127.0.0.1:\(port)" }

    /// Ends the server and the log. To be called before the value goes.
    func stop() async {
        running.cancel()
        _ = await running.result
        await sequencer.close()
    }
}
