import Testing

@testable import StoreFormats

@Suite("scanning for references")
struct ReferenceScannerTests {
    @Test("finds in each NAR what Nix found")
    func fixtures() throws {
        var checked = 0
        let infos = try Fixture.files(in: "c", suffix: ".narinfo").map {
            try NarInfo(parsing: try Fixture.bytes($0))
        }
        let paths = infos.map(\.storePath)
        for info in infos {
            guard let nar = try? Fixture.bytes("c/\(info.url)") else { continue }
            for size in [nar.count, 7, 64, 1000] {
                var scanner = ReferenceScanner(for: paths)
                for start in stride(from: 0, to: nar.count, by: size) {
                    scanner.push(Array(nar[start..<min(start + size, nar.count)]))
                }
                #expect(scanner.found == info.references, "\(info.storePath) in pieces of \(size)")
            }
            checked += 1
        }
        #expect(checked >= 20)
    }

    @Test("agrees with the simplest search on random data, wherever it is cut")
    func random() throws {
        var random = SeededGenerator(seed: 7)
        let candidates = try (0..<40).map { try StorePath.sample("c\($0)") }
        let alphabet = Array("0123456789abcdfghijklmnpqrsvwxyzeotu-/. ".utf8)
        for round in 0..<300 {
            var bytes: [UInt8] = []
            // Mostly digits, or mostly not: both ways of moving on are met.
            let letters = round % 3 == 0 ? alphabet[..<32] : alphabet[...]
            while bytes.count < 600 {
                if Int.random(in: 0..<40, using: &random) == 0, let path = candidates.randomElement(using: &random) {
                    // Whole, or with one end missing.
                    let text = Array(path.hashPart.utf8)
                    bytes += text.dropFirst(Int.random(in: 0...1, using: &random))
                } else if let byte = letters.randomElement(using: &random) {
                    bytes.append(byte)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let expected = candidates.filter { text.contains($0.hashPart) }.sorted()
            var scanner = ReferenceScanner(for: candidates)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 0...(round % 2 == 0 ? 40 : 200), using: &random))
                scanner.push(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(scanner.found == expected)
        }
    }

    @Test("a hash part is found at every place, cut at every place")
    func borders() throws {
        let path = try StorePath.sample("x")
        let text = Array(path.hashPart.utf8)
        for (before, after) in [("", ""), ("0", "0"), (String(repeating: "a", count: 40), "zz"), ("-", "-")] {
            let bytes = Array(before.utf8) + text + Array(after.utf8)
            for cut in 0...bytes.count {
                var scanner = ReferenceScanner(for: [path])
                scanner.push(Array(bytes[..<cut]))
                scanner.push(Array(bytes[cut...]))
                #expect(scanner.found == [path])
                #expect(scanner.hasFoundAll)
            }
            var scanner = ReferenceScanner(for: [path])
            for byte in bytes { scanner.push([byte]) }
            #expect(scanner.found == [path])
        }
        var none = ReferenceScanner(for: [path])
        none.push(Array(text.dropLast()))
        none.push([UInt8(ascii: "-")])
        #expect(none.found.isEmpty && !none.hasFoundAll)
    }

    @Test("paths of one hash part are found together; without candidates there is nothing to find")
    func groups() throws {
        let one = try StorePath(baseName: "2af8rcifbjajsb9mz2mz2ipj8rp4m01p-a")
        let two = try StorePath(baseName: "2af8rcifbjajsb9mz2mz2ipj8rp4m01p-b")
        var scanner = ReferenceScanner(for: [two, one, two])
        scanner.push(Array(one.hashPart.utf8))
        #expect(scanner.found == [one, two])
        var empty = ReferenceScanner(for: [StorePath]())
        empty.push(Array(one.path.utf8))
        #expect(empty.found.isEmpty && empty.hasFoundAll)
    }
}
