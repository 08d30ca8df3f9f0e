import Testing

@testable import TransparencyLog

@Suite("Reading add-checkpoint requests (c2sp.org/tlog-witness)")
struct AddCheckpointRequestTests {
    static let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    static let note = "log.example/x\n5\n\(hash)\n\n\u{2014} log.example/x AAAAAAAAAAAAAAAA\n"

    @Test("What is written reads back, byte for byte")
    func roundTrip() throws {
        for body in ["old 0\n\n\(Self.note)", "old 5\n\(Self.hash)\n\(Self.hash)\n\n\(Self.note)"] {
            let request = try AddCheckpointRequest(parsing: Array(body.utf8))
            #expect(String(decoding: request.bytes, as: UTF8.self) == body)
        }
    }

    @Test(
        "Only the canonical form is read",
        arguments: [
            "", "\n", "old 0", "old 0\n", "old 0\n\n", "old\n\n\(note)", "old \n\n\(note)", "old 00\n\n\(note)",
            "old 01\n\n\(note)", "old +1\n\n\(note)", "old -1\n\n\(note)", "old  1\n\n\(note)", "old 1 \n\n\(note)",
            "old 1\r\n\n\(note)", "Old 1\n\n\(note)", " old 1\n\n\(note)", "old 9223372036854775808\n\n\(note)",
            "old 18446744073709551616\n\n\(note)", "old 1\n\(hash)\n\(note)", "old 1\n\(hash.dropLast())\n\n\(note)",
            "old 1\n\(hash) \n\n\(note)", "old 1\n\(hash.dropLast(2))V=\n\n\(note)", "old 1\nAAAA\n\n\(note)",
            "old 1\n\n\n\(note)x", "old 1\n\nlog.example/x\n5\n", "old 0\n\n\(note.dropLast())",
            "old 1\n" + String(repeating: "\(hash)\n", count: 64) + "\n\(note)",
        ])
    func refused(_ body: String) {
        #expect(throws: TransparencyLogError.self) { try AddCheckpointRequest(parsing: Array(body.utf8)) }
    }

    @Test("63 hashes are taken, and no body above the limit")
    func limits() throws {
        let most = "old 1\n" + String(repeating: "\(Self.hash)\n", count: 63) + "\n\(Self.note)"
        #expect(try AddCheckpointRequest(parsing: Array(most.utf8)).proof.count == 63)
        let long =
            Array("old 1\n\n".utf8)
            + [UInt8](repeating: UInt8(ascii: "a"), count: AddCheckpointRequest.maximumByteCount)
        #expect(throws: TransparencyLogError(.limit, "")) { try AddCheckpointRequest(parsing: long) }
    }
}
