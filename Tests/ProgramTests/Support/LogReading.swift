import Attestations
import Foundation
import Quorum
import TestSupport
import TransparencyLog

/// A builder's log on the disk, read as anybody reads one.
struct LogReading: Sendable {
    let origin: String
    /// What is published, in the log's order.
    let entries: [VerifiedAttestation]

    /// - Parameter folder: The log's; by default that of the home's builder.
    init(_ home: Home, folder: String? = nil, card: String = "state/card") async throws {
        let lines = try home.folder.text(card).split(separator: "\n")
        func key(_ word: String) throws -> NoteKey {
            guard let line = lines.first(where: { $0.hasPrefix(word + " ") }) else { throw TestFailure("no \(word)") }
            return try NoteKey(String(line.dropFirst(word.count + 1)))
        }
        let (log, builder) = (try key("log"), try key("builder"))
        origin = log.name
        let directory = LogDirectory(folder ?? home.folder.file("state/log"))
        guard let note = try directory.checkpointNote(),
            let identity = KeyIdentity(algorithm: .ed25519, bytes: builder.publicKey)
        else { throw TestFailure("\(directory.root): no checkpoint") }
        let checkpoint = try VerifiedCheckpoint(note, logKey: log)
        let reader = AttestationReader(keys: [identity])
        var entries: [VerifiedAttestation] = []
        let tiles = TileReader(source: directory, checkpoint: checkpoint)
        for index in 0..<checkpoint.size {
            guard let entry = try reader.read(try await tiles.entry(index)) else {
                throw TestFailure("entry \(index): of another builder")
            }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// What is claimed, each as a path and an outcome's digest or a failure's reason.
    var statements: [String] {
        entries.flatMap(\.claims).map { claim in
            switch claim.finding {
            case .outcome(let outcome): "\(claim.subject) \(outcome.digest.hex)"
            case .listed(let narHash, _, _, _): "\(claim.subject) \(narHash.hex) listed"
            case .failed(let reason): "\(claim.subject) failed: \(reason)"
            }
        }
    }
}
