import Attestations
import Quorum
import StoreFormats
import Testing

@Suite struct ListTests {
    private static let first = "/nix/store/00000000000000000000000000000000-a"
    private static let second = "/nix/store/00000000000000000000000000000000-b"

    @Test func referencesAreSortedLines() throws {
        let paths = try [Self.second, Self.first, Self.second].map { try StorePath($0) }
        let list = try ReferenceList(paths)
        #expect(list.bytes == Array("\(Self.first)\n\(Self.second)\n".utf8) && list.count == 2)
        #expect(try ReferenceList(parsing: list.bytes, digest: list.digest, count: 2) == list)
        #expect(try ReferenceList([]).bytes.isEmpty)
    }

    @Test(arguments: [
        "\n", first, "\(second)\n\(first)\n", "\(first)\n\(first)\n", "\(first)\n\n", "\(first) \n", "\(first)\r\n",
        "\(first)\n/gnu/store/00000000000000000000000000000000-a\n",
        "/other/store/00000000000000000000000000000000-a\n",
        "/nix/store/../etc\n", "/nix/store/0000000000000000000000000000000e-a\n", "\(first)/bin\n",
    ])
    func otherListsOfReferencesAreRefused(text: String) {
        #expect(throws: AttestationError(.references, "")) { try ReferenceList(parsing: Array(text.utf8)) }
    }

    @Test func listsHaveLimits() {
        let line = "\(Self.first)\n"
        let many = Array(String(repeating: line, count: AttestationLimits.references + 1).utf8)
        #expect(throws: AttestationError(.limit, "")) { try ReferenceList(parsing: many) }
        let long = [UInt8](repeating: 0x0A, count: AttestationLimits.listBytes + 1)
        #expect(throws: AttestationError(.limit, "")) { try ReferenceList(parsing: long) }
        #expect(throws: AttestationError(.limit, "")) { try InputList(parsing: long) }
    }

    @Test func inputsAreTheLinesOfBuildRecords() throws {
        let hash = try Sample.narHash(0xAB)
        let inputs = try [Self.second, Self.first].map { InputList.Input(path: try StorePath($0), narHash: hash) }
        let list = try InputList(inputs)
        let hex = String(repeating: "ab", count: 32)
        #expect(
            String(decoding: list.bytes, as: UTF8.self)
                == "input \(Self.first) sha256:\(hex)\ninput \(Self.second) sha256:\(hex)\n")
        #expect(try InputList(parsing: list.bytes) == list)
        #expect(list.digest == Digest256.sha256(of: list.bytes))
        for text in [
            "input \(Self.second) sha256:\(hex)\ninput \(Self.first) sha256:\(hex)\n", "input \(Self.first) \(hex)\n",
            "input \(Self.first) sha256:\(hex.uppercased())\n", "input  \(Self.first) sha256:\(hex)\n",
            "input \(Self.first) sha256:\(hex)", "reference \(Self.first)\n",
        ] {
            #expect(throws: AttestationError(.references, "")) { try InputList(parsing: Array(text.utf8)) }
        }
    }
}
