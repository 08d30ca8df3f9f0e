import Foundation
import Quorum
import Testing

/// Trust policies of transparency logs (<https://c2sp.org/tlog-policy>): the statements `log`, `witness`, `group` and
/// `quorum` of our policies are theirs.
///
/// The vectors were made from the specification by a generator of their own; nothing of this module took part.
@Suite struct TlogPolicyVectorTests {
    private struct File: Decodable {
        struct Truth: Decodable {
            let have: [String]
            let ok: Bool
        }
        struct Vector: Decodable {
            let name: String
            let text: String
            let truth: [Truth]?
        }
        let valid: [Vector]
        let invalid: [Vector]
    }

    private let file: File

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/tlog-policy.json")
        file = try JSONDecoder().decode(File.self, from: try Data(contentsOf: path))
    }

    private func parse(_ text: String) throws -> Policy {
        try Policy.parse(text, verifierKeyID: TestSHA256.verifierKeyID)
    }

    @Test func validPoliciesAreRead() throws {
        #expect(file.valid.count == 4)
        for vector in file.valid {
            #expect(throws: Never.self, "\(vector.name)") { try parse(vector.text) }
        }
    }

    @Test func quorumsAreMetAsTheTableSays() throws {
        let vector = try #require(file.valid.first { $0.truth != nil })
        let policy = try parse(vector.text)
        let truth = try #require(vector.truth)
        #expect(truth.count == 7)
        for row in truth {
            let keys = try row.have.map { name in
                try #require(policy.witnesses.first { $0.name == name }).key.identity
            }
            #expect(policy.believesCheckpoint(cosignedBy: Set(keys)) == row.ok, "\(row.have)")
        }
        let none = try parse("quorum none\n")
        #expect(none.believesCheckpoint(cosignedBy: []))
    }

    /// The one that we read: a policy of ours is more than a trust policy, and where a quorum of witnesses is not
    /// stated, all the witnesses that it names must have cosigned. That refuses more than any quorum would.
    private static let readHere: Set<String> = ["no quorum"]

    @Test func invalidPoliciesAreRefused() throws {
        #expect(file.invalid.count == 18)
        for vector in file.invalid {
            let policy = try? parse(vector.text)
            #expect((policy != nil) == Self.readHere.contains(vector.name), "\(vector.name)")
        }
        let unstated = try #require(file.invalid.first { $0.name == "no quorum" })
        let policy = try parse(unstated.text)
        #expect(!policy.believesCheckpoint(cosignedBy: []))
        #expect(policy.believesCheckpoint(cosignedBy: Set(policy.witnesses.map(\.key.identity))))
    }
}
