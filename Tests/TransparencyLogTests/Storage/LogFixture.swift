import TestSupport
import Testing
import TransparencyLog

/// A log in a folder of its own, and entries for it.
struct LogFixture {
    let folder: TemporaryFolder
    let log: LogDirectory
    let signer: NoteSigner

    init() throws {
        folder = try TemporaryFolder()
        signer = try NoteSigner(name: "test.example/log", kind: .ed25519, seed: Array(1...32))
        log = try LogDirectory.create(folder.file("log"), signer: signer)
    }

    /// Settings under which tests do not wait.
    static var eager: SequencerSettings {
        var settings = SequencerSettings()
        settings.publishEvery = .milliseconds(1)
        settings.cosignerGrace = .milliseconds(20)
        settings.retryAfter = .milliseconds(20)
        return settings
    }

    func open(
        cosigners: [any CheckpointCosigner] = [],
        believes: @escaping @Sendable (Set<NoteKey>) -> Bool = { _ in true },
        keysOf: (@Sendable ([UInt8]) -> [LogHash])? = nil, settings: SequencerSettings = eager
    ) async throws -> Sequencer {
        try await Sequencer.open(
            log, signer: signer, cosigners: cosigners, believes: believes, keysOf: keysOf, settings: settings)
    }

    static func entry(_ number: Int) -> [UInt8] {
        Array("entry \(number) ".utf8) + Array(repeating: UInt8(truncatingIfNeeded: number), count: number * 7 % 40)
    }

    /// Adds entries, many at once, and waits until they are published. Their order is not that of the numbers.
    @discardableResult
    func add(_ numbers: Range<Int>, to sequencer: Sequencer) async throws -> [Int: UInt64] {
        let places = try await withThrowingTaskGroup { group in
            for number in numbers {
                group.addTask { (number, try await sequencer.add(Self.entry(number)).index) }
            }
            return try await group.reduce(into: [Int: UInt64]()) { $0[$1.0] = $1.1 }
        }
        if let last = places.values.max() { try await sequencer.published(last) }
        return places
    }

    /// The same, all in one go: open, add, close.
    func grow(by numbers: Range<Int>) async throws {
        let sequencer = try await open()
        try await add(numbers, to: sequencer)
        await sequencer.close()
    }

    /// What a look at everything finds to be damaged.
    func damage() throws -> [String] {
        try log.check(key: signer.key).findings.filter { $0.severity == .damage }.map(\.description)
    }

    /// The newest published size, as files say.
    func publishedSize() throws -> UInt64 {
        try VerifiedCheckpoint(try #require(try log.checkpointNote()), logKey: signer.key).size
    }
}
