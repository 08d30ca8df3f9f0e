import Foundation
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct NarListingTests {
    /// The listing of what lies at a path.
    private static func listing(_ path: String) throws -> String? {
        var listing = NarListing()
        var parser = NarParser()
        try NarDumper.dump(path) { try parser.push($0, to: &listing) }
        return listing.serialized.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func isWhatNixWrites() throws {
        let folder = try TemporaryFolder()
        try folder.write("d/sub/x", "x\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.file("d/sub/x"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("d/l"), withDestinationPath: "sub/x")
        try folder.write("d/empty", "")
        // By `nix copy --to 'file://…?write-nar-listing=true'` of Nix 2.8.
        #expect(
            try Self.listing(folder.file("d")) == """
                {"version":1,"root":{"type":"directory","entries":{"empty":{"type":"regular","size":0,\
                "narOffset":232},"l":{"type":"symlink","target":"sub/x"},"sub":{"type":"directory","entries":\
                {"x":{"type":"regular","size":2,"executable":true,"narOffset":776}}}}}}
                """)
    }

    @Test(arguments: [("f", 96), ("d", 232)])
    func offsetsLeadToContents(_ name: String, _ offset: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write("f", "contents of a file")
        try folder.write("d/name", "contents of a file")
        let text = try #require(try Self.listing(folder.file(name)))
        #expect(text.contains("\"narOffset\":\(offset)"))
        var nar: [UInt8] = []
        try NarDumper.dump(folder.file(name)) { nar += $0 }
        #expect(String(decoding: nar[offset..<offset + 18], as: UTF8.self) == "contents of a file")
    }

    @Test func namesAreEscaped() throws {
        let folder = try TemporaryFolder()
        try folder.write("d/a\"b\\c\nd\u{1}e", "")
        #expect(try Self.listing(folder.file("d"))?.contains(#""a\"b\\c\nd\u0001e":"#) == true)
    }

    @Test func namesThatAreNoTextHaveNoListing() throws {
        var listing = NarListing()
        listing.beginDirectory(name: [])
        listing.symbolicLink(name: [0xff], target: [0x61])
        listing.endDirectory()
        #expect(listing.serialized == nil)
    }
}
