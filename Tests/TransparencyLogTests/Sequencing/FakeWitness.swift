import Synchronization

@testable import TransparencyLog

/// A witness in memory that checks what it is asked, and misbehaves when told to.
final class FakeWitness: CheckpointCosigner {
    struct State {
        var newest: SignedNote?
        var seen = (size: 0 as UInt64, root: MerkleHash.empty)
        /// Answers nothing.
        var isSilent = false
        /// Answers only what it saw last.
        var isRefusing = false
        var isForging = false
        var answersAs: FakeWitness?
        // Each cosignature is a second later than the one before.
        var time: UInt64 = 1_800_000_000

        mutating func forget() {
            newest = nil
            seen = (0, MerkleHash.empty)
        }
    }

    struct Refused: Error {}

    private let signer: NoteSigner
    private let state = Mutex(State())

    init(_ name: String) throws {
        signer = try NoteSigner(
            name: name, kind: .cosignature,
            seed: Array(name.utf8.prefix(1)) + Array(name.utf8.suffix(1)) + Array(1...30))
    }

    var key: NoteKey { signer.key }
    var seen: (size: UInt64, root: LogHash) { state.withLock { $0.seen } }

    func behave(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func newest(origin: String) async throws -> SignedNote? {
        try state.withLock { state in
            if state.isSilent { throw Refused() }
            return state.newest
        }
    }

    func cosign(_ request: CosignRequest) async throws -> CosignAnswer {
        try state.withLock { state in
            if state.isSilent || state.isRefusing { throw Refused() }
            guard request.oldSize == state.seen.size else { return .conflict(size: state.seen.size) }
            let checkpoint = request.checkpoint
            if state.seen.size > 0 {
                try MerkleProof.verifyConsistency(
                    request.proof, from: state.seen, to: (checkpoint.size, checkpoint.root))
            } else if !request.proof.isEmpty {
                throw Refused()
            }
            state.seen = (checkpoint.size, checkpoint.root)
            state.newest = checkpoint.note
            state.time += 1
            let text = state.isForging ? Array("lies\n1\n".utf8) : checkpoint.note.text
            return .cosigned([try (state.answersAs?.signer ?? signer).cosign(text, at: state.time)])
        }
    }
}
