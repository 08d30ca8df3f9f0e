import Quorum
import TestSupport
import Testing

/// Files that are nearly policies: reading one must end in a policy or a refusal, never in a trap.
@Suite struct PolicyMutationTests {
    static let seeds = [
        DesignExample.text,
        PolicyRefusalTests.prelude.map { $0 + "\n" }.joined()
            + "group g 2 built a b c\nquorum nix g\nexcept hello-* 1 until 2027-01-01T00:00:00Z \"why\"\n"
            + PolicyRefusalTests.witness + "\nquorum w\n" + PolicyRefusalTests.signer
            + "\nversion 3 expires 2027-01-01T00:00:00Z\nsigned-by s\n"
            + "revoke outcome sha256:\(Samples.digest(1).hex) /nix/store/a-b \"bad\"\n",
    ]

    @Test(arguments: seeds.indices)
    func mutationsNeverTrap(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 10)
        let original = Array(Self.seeds[seed].utf8)
        var accepted = 0
        for _ in 0..<4_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.mutate(&bytes, using: &generator) }
            guard let policy = try? Policy.parse(utf8: bytes) else { continue }
            accepted += 1
            // What was accepted must also explain itself and decide.
            #expect(!policy.explanation(now: Samples.now).isEmpty)
            let claims = [Samples.claim(Samples.key(1), 1), Samples.claim(Samples.key(2), 1)]
            _ = tally(Samples.subject, claims: claims, policy: policy, context: Samples.context())
        }
        #expect(accepted > 50)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = bytes.indices.randomElement(using: &generator) ?? 0
        let interesting: [UInt8] = Array(" \t\n\"#0123ab:+/=*?\r".utf8) + [0x00, 0x7F, 0x80, 0xC2, 0xFF]
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(interesting.randomElement(using: &generator) ?? 0, at: position)
        case 3: bytes.removeSubrange(position..<min(bytes.count, position + 40))
        case 4:
            let end = min(bytes.count, position + 60)
            bytes.insert(contentsOf: Array(bytes[position..<end]), at: 0)
        default:
            // Swap two lines: most mutations above break a line, this one breaks what holds between lines.
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            let first = lines.indices.randomElement(using: &generator) ?? 0
            let second = lines.indices.randomElement(using: &generator) ?? 0
            lines.swapAt(first, second)
            bytes = Array(lines.joined(separator: [10]))
        }
    }
}
