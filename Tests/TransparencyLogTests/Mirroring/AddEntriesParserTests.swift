import Testing

@testable import TransparencyLog

@Suite("Reading add-entries requests (c2sp.org/tlog-mirror)")
struct AddEntriesParserTests {
    private func read(_ body: [UInt8], pieces: Int) throws -> (AddEntriesHeader?, [EntryPackage]) {
        var parser = AddEntriesParser()
        var header: AddEntriesHeader?
        var packages: [EntryPackage] = []
        var rest = body[...]
        while !rest.isEmpty {
            parser.push(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            if header == nil { header = try parser.takeHeader() }
            while let package = try parser.takePackage() { packages.append(package) }
        }
        return (header, packages)
    }

    @Test("Reads the vector, in pieces of any size, and writes it again", arguments: [1, 7, 256, 4096, 1 << 20])
    func vector(pieces: Int) throws {
        let body = try WitnessVectors.bytes("mirror_add_entries_100_600.bin")
        let (header, packages) = try read(body, pieces: pieces)
        let found = try #require(header)
        #expect(found.origin == "log.example.org/rebuild/1")
        #expect(found.start == 100 && found.end == 600 && found.ticket.isEmpty)
        #expect(packages.map(\.range) == [100..<256, 256..<512, 512..<600])
        #expect(packages.map(\.subtree) == [0..<256, 256..<512, 512..<600])
        #expect(packages.map(\.proof.count) == [2, 2, 1])
        let same = packages.flatMap(\.entries) == (100..<600).map(WitnessVectors.entry)
        #expect(same)
        var written = found.bytes
        for package in packages { written += try package.encoded() }
        let isEqual = written == body
        #expect(isEqual)
    }

    @Test("A cut body gives the packages that are whole, wherever it is cut")
    func cuts() throws {
        let log = try SmallLog(count: 515)
        let body = try log.upload(250, 515)
        for end in stride(from: 0, to: body.count, by: 97) {
            let (_, packages) = try read(Array(body[..<end]), pieces: 1000)
            let sizes = packages.map(\.entries.count)
            #expect([[], [6], [6, 256]].contains(sizes))
        }
        #expect(try read(body, pieces: 1000).1.count == 3)
    }

    @Test("Ranges that are none and proofs that are too long are refused")
    func refusals() throws {
        func header(_ start: UInt64, _ end: UInt64) throws -> [UInt8] {
            let valid = try AddEntriesHeader(origin: "o", start: 0, end: 0).bytes
            func big(_ number: UInt64) -> [UInt8] { (0..<8).reversed().map { UInt8(number >> ($0 * 8) & 255) } }
            return Array(valid[..<3]) + big(start) + big(end) + Array(valid[19...])
        }
        for (start, end) in [(2, 1), (0, UInt64.max), (UInt64.max, UInt64.max), (0, 1 << 63)] as [(UInt64, UInt64)] {
            #expect(throws: TransparencyLogError(.submission, "")) { try read(header(start, end), pieces: 3) }
        }
        let entry: [UInt8] = [0, 1, 65]
        #expect(throws: TransparencyLogError(.submission, "")) {
            try read(header(0, 1) + entry + [64] + [UInt8](repeating: 0, count: 64 * 32), pieces: 100)
        }
        #expect(try read(header(0, 1) + entry + [63] + [UInt8](repeating: 0, count: 63 * 32), pieces: 100).1.count == 1)
        #expect(try read(header(7, 7) + [1, 2, 3], pieces: 100).1.isEmpty)
    }

    @Test("The answers of a mirror read back, and only in their canonical form")
    func info() throws {
        for info in [MirrorInfo(size: 0, next: 0, ticket: []), MirrorInfo(size: 600, next: 256, ticket: [1, 2, 3])] {
            #expect(try MirrorInfo(parsing: info.bytes) == info)
        }
        for text in [
            "", "1\n", "1\n2\n", "1\n2\n\n\n", "1\n2\nAQID", "1\n2\nAQI\n", "01\n2\n\n", "1\n-2\n\n", "1\n2\n \n",
            "1\n2\nAQID\nx", "1 \n2\n\n",
        ] {
            #expect(throws: TransparencyLogError(.submission, "")) { try MirrorInfo(parsing: Array(text.utf8)) }
        }
    }
}
