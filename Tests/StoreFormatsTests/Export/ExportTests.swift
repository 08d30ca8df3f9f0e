import Testing

@testable import StoreFormats

/// Keeps what an export says.
private struct Recorder: ExportReceiver {
    var objects: [ExportedObject] = []
    var begun = 0
    var files = 0

    mutating func beginObject() { begun += 1 }
    mutating func endObject(_ object: ExportedObject) { objects.append(object) }
    mutating func beginDirectory(name: [UInt8]) {}
    mutating func endDirectory() {}
    mutating func symbolicLink(name: [UInt8], target: [UInt8]) {}
    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) { files += 1 }
    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {}
    mutating func endFile() {}
}

@Suite("exports")
struct ExportTests {
    private static func read(
        _ bytes: [UInt8], pieces size: Int, in directory: StoreDirectory = .nix, limits: ExportLimits = .standard
    ) throws -> Recorder {
        var parser = ExportParser(in: directory, limits: limits)
        var recorder = Recorder()
        for start in stride(from: 0, to: bytes.count, by: size) {
            try parser.push(Array(bytes[start..<min(start + size, bytes.count)]), to: &recorder)
        }
        try parser.finish()
        #expect(parser.offset == UInt64(bytes.count))
        #expect(parser.objectCount == recorder.objects.count)
        #expect(parser.isComplete)
        return recorder
    }

    @Test("what Nix exported is read, in pieces of any size", arguments: [1, 3, 8, 100, 1 << 20])
    func nix(size: Int) throws {
        let recorder = try Self.read(try Fixture.bytes("export-2.8"), pieces: size)
        #expect(recorder.begun == 3)
        #expect(recorder.objects.map(\.path.name) == ["ref-a-1.0", "ref-b-1.0", "fixed-rec-1.0"])
        for object in recorder.objects {
            let info = try NarInfo(parsing: try Fixture.bytes("a/\(object.path.hashPart).narinfo"))
            #expect(object.nar == NarDigest(hash: info.narHash, size: info.narSize))
            #expect(object.references == info.references)
            #expect(object.deriver == info.deriver)
            #expect(object.signature == nil)
        }
    }

    @Test("what is written is what Nix writes")
    func writing() throws {
        let bytes = try Fixture.bytes("export-2.8")
        let recorder = try Self.read(bytes, pieces: bytes.count)
        var written: [UInt8] = []
        for object in recorder.objects {
            let name = try NarInfo(parsing: try Fixture.bytes("c/\(object.path.hashPart).narinfo")).url
            written += ExportWriter.objectStart + (try Fixture.bytes("c/\(name)"))
            written += ExportWriter.objectEnd(
                path: object.path, references: object.references.reversed(), deriver: object.deriver)
        }
        let isSame = written + ExportWriter.end == bytes
        #expect(isSame)
    }

    private static let nar = Tree.directory(("f", .file("text"))).nar()

    private static func stream(_ end: [UInt8], after: [UInt8] = ExportWriter.end) -> [UInt8] {
        ExportWriter.objectStart + nar + end + after
    }

    @Test("signatures of Guix are kept, with the hash that they cover")
    func guix() throws {
        let path = try StorePath.sample("x", in: .gnu)
        let plain = ExportWriter.objectEnd(path: path, references: [path], deriver: nil)
        let signed = ExportWriter.objectEnd(path: path, references: [path], deriver: nil, signature: "(signature)")
        let covered = ContentHash(of: Self.nar + plain.dropLast(8), algorithm: .sha256)
        for (end, signature) in [(plain, nil), (signed, ByteString("(signature)"))] {
            let bytes = Self.stream(end)
            let object = try #require(try Self.read(bytes, pieces: 5, in: .gnu).objects.first)
            #expect(object.signature == signature)
            #expect(object.signedHash == covered)
            #expect(object.references == [path])
            #expect(object.nar.hash == NarHash(ContentHash(of: Self.nar, algorithm: .sha256).digest))
        }
    }

    @Test("an empty export holds nothing")
    func empty() throws {
        #expect(try Self.read(ExportWriter.end, pieces: 8).objects.isEmpty)
    }

    @Test("what is cut off is truncated, wherever it is cut")
    func cutOff() throws {
        let bytes = try Fixture.bytes("export-2.8")
        for count in stride(from: 0, to: bytes.count, by: 5) {
            #expect(throws: StoreFormatError(.truncated, "")) { try Self.read(Array(bytes[..<count]), pieces: 64) }
        }
    }

    @Test("hostile streams are refused")
    func hostile() throws {
        let one = try StorePath.sample("one")
        let two = try StorePath.sample("two")
        let sorted = [one, two].sorted()
        let end = ExportWriter.objectEnd(path: one, references: sorted, deriver: nil)
        func number(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        func string(_ text: String, padding: UInt8 = 0) -> [UInt8] {
            number(UInt64(text.utf8.count)) + Array(text.utf8)
                + [UInt8](repeating: padding, count: (8 - text.utf8.count % 8) % 8)
        }
        let head = number(0x4558_494e) + string(one.path)
        let tail = string("") + number(0)
        let cases: [([UInt8], StoreFormatError.Code)] = [
            (number(2), .invalidExport), (ExportWriter.end + [0], .trailingData),
            (Self.stream(end) + [1], .trailingData),
            (Self.stream(end, after: number(7)), .invalidExport),
            (Self.stream(number(0x4558_494f)), .invalidExport),
            (Self.stream(number(0x4558_494e) + string("/etc/passwd")), .wrongStoreDirectory),
            (Self.stream(number(0x4558_494e) + string(one.path + "/x")), .invalidStorePath),
            (Self.stream(number(0x4558_494e) + string("")), .wrongStoreDirectory),
            (Self.stream(number(0x4558_494e) + string(one.path, padding: 1)), .invalidExport),
            (Self.stream(number(0x4558_494e) + number(.max)), .limitExceeded),
            (Self.stream(head + number(.max)), .limitExceeded),
            (Self.stream(head + number(2) + string(one.path) + string(one.path) + tail), .invalidExport),
            (Self.stream(head + number(2) + string(sorted[1].path) + string(sorted[0].path) + tail), .invalidExport),
            (Self.stream(head + number(0) + string("unknown-deriver") + number(0)), .wrongStoreDirectory),
            (Self.stream(head + number(0) + string("") + number(2)), .invalidExport),
            (Self.stream(head + number(0) + string("") + number(1) + number(1 << 40)), .limitExceeded),
            (ExportWriter.objectStart + [UInt8](repeating: 0, count: 64), .invalidNar),
        ]
        #expect(throws: Never.self) { try Self.read(Self.stream(end), pieces: 9) }
        for (index, (bytes, code)) in cases.enumerated() {
            for size in [1, bytes.count] {
                let error = #expect(throws: StoreFormatError.self, "\(index)") { try Self.read(bytes, pieces: size) }
                #expect(error?.code == code, "\(index): \(error.map { "\($0)" } ?? "")")
            }
        }
    }

    @Test("limits hold, and after an error nothing is accepted")
    func limits() throws {
        let path = try StorePath.sample("one")
        let end = ExportWriter.objectEnd(path: path, references: [path], deriver: nil)
        let two = ExportWriter.objectStart + Self.nar + end
        for limits in [
            ExportLimits(objects: 1), ExportLimits(references: 0), ExportLimits(nar: NarLimits(entries: 1)),
        ] {
            #expect(throws: StoreFormatError(.limitExceeded, "")) {
                try Self.read(two + two + ExportWriter.end, pieces: 1 << 20, limits: limits)
            }
        }
        var parser = ExportParser()
        var recorder = Recorder()
        #expect(throws: StoreFormatError.self) { try parser.push([9, 0, 0, 0, 0, 0, 0, 0], to: &recorder) }
        #expect(throws: StoreFormatError(.invalidExport, "")) { try parser.push(ExportWriter.end, to: &recorder) }
    }
}
