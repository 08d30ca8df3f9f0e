import StoreFormats
import TestSupport
import Testing

@testable import GuixFormats

@Suite struct GuixNarInfoTests {
    @Test func fixturesAreThere() {
        #expect(GuixFixture.narInfos.count == 28)
    }

    @Test(arguments: GuixFixture.narInfos)
    func everyFixtureIsReadAndSigned(by name: String) throws {
        let bytes = try GuixFixture.bytes(name)
        let narInfo = try GuixNarInfo(parsing: bytes, accepting: [.unknownFields])
        // Two of them were signed before the server got the key that it has.
        let isOfOldKey = name.hasSuffix("qf67bghvp684yfdvli28mjfhzmvcqypc.narinfo")
        let key = try isOfOldKey ? #require(narInfo.signature).publicKey : GuixFixture.key(of: name)
        #expect(narInfo.isSigned(by: key))
        if isOfOldKey { #expect(try !narInfo.isSigned(by: GuixFixture.key(of: name))) }
        #expect(narInfo.serialized == bytes)
        #expect(!narInfo.hasSignedDownloads && !narInfo.downloads.isEmpty)
        #expect(narInfo.storePath.directory == .gnu)
        let others = try GuixFixture.keyNames.map {
            try GuixPublicKey(fileContents: GuixFixture.bytes("keys/\($0).pub"))
        }
        for other in others where other != key { #expect(!narInfo.isSigned(by: other)) }
        #expect(narInfo.validSigner(among: others + [key]) == key)
    }

    @Test func partsAreRead() throws {
        let name = "servers/vm/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo"
        let narInfo = try GuixNarInfo(parsing: try GuixFixture.bytes(name), accepting: [])
        #expect(narInfo.storePath.path == "/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0")
        #expect(narInfo.narHash.nix32 == "0mlwxpi8gchb349ppn0gw4jdkncrdag4hl14zl7aq3nl50l9bq1k")
        #expect(narInfo.narSize == 14832)
        #expect(narInfo.references == [narInfo.storePath])
        #expect(narInfo.deriver?.baseName == "ckscqn27xgz7s6fii8a63p2fwcq4b6lg-repro-1.0.drv")
        #expect(narInfo.signature?.host == "vm")
        #expect(narInfo.downloads.map(\.compression) == [.gzip, .lzip, .zstd])
        #expect(narInfo.downloads.first?.url == "nar/gzip/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0")
        #expect(narInfo.signedPart.last == UInt8(ascii: "\n"))
    }

    /// Every byte that the signature covers, and every one of the signature but the host's name.
    @Test(arguments: ["servers/vm/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo", "keys/rsa2048.narinfo"])
    func everyMutationOfOneByteIsRefused(of name: String) throws {
        let bytes = try GuixFixture.bytes(name)
        let key = try GuixFixture.key(of: name)
        let narInfo = try GuixNarInfo(parsing: bytes)
        let host = narInfo.signedLength + "Signature: 1;".utf8.count
        var refused = 0
        for position in 0..<narInfo.signatureEnd where !(host..<(host + 2)).contains(position) {
            var generator = SeededGenerator(seed: UInt64(position))
            for flip in [1, UInt8(0x20), UInt8.random(in: 1...255, using: &generator)] {
                var changed = bytes
                changed[position] ^= flip
                let other = try? GuixNarInfo(parsing: changed)
                if let other, other.isSigned(by: key) {
                    Issue.record("byte \(position) changed by \(flip) is still signed")
                }
                refused += 1
            }
        }
        #expect(refused > 2000)
    }

    static let hostile: [(String, GuixFormatError.Code, @Sendable (String) -> String)] = [
        ("no line end", .invalidNarInfo, { String($0.dropLast()) }),
        ("carriage returns", .invalidNarInfo, { $0.replacing("\n", with: "\r\n") }),
        ("StorePath twice", .invalidNarInfo, { line($0, "StorePath") + $0 }),
        ("NarHash below the signature", .invalidNarInfo, { without($0, "NarHash") + line($0, "NarHash") }),
        ("NarSize below the signature", .invalidNarInfo, { without($0, "NarSize") + line($0, "NarSize") }),
        ("References below the signature", .invalidNarInfo, { without($0, "References") + line($0, "References") }),
        ("StorePath below the signature", .invalidNarInfo, { without($0, "StorePath") + line($0, "StorePath") }),
        ("no NarHash", .invalidNarInfo, { without($0, "NarHash") }),
        ("no NarSize", .invalidNarInfo, { without($0, "NarSize") }),
        ("no References", .invalidNarInfo, { without($0, "References") }),
        ("no StorePath", .invalidNarInfo, { without($0, "StorePath") }),
        ("two signatures", .invalidNarInfo, { line($0, "Signature") + $0 }),
        ("a second signature below", .invalidNarInfo, { $0 + line($0, "Signature") }),
        ("Signature: in a value above", .invalidNarInfo, { "X-Note: Signature: 1\n" + $0 }),
        ("Signature: in a name above", .invalidNarInfo, { "X-Signature: 1\n" + $0 }),
        ("a continued line", .invalidNarInfo, { "+ more\n" + $0 }),
        ("a comment", .invalidNarInfo, { "# Signature\n" + $0 }),
        ("an empty line", .invalidNarInfo, { "\n" + $0 }),
        ("NarSize 0", .invalidNarInfo, { $0.replacing("NarSize: 14832", with: "NarSize: 0") }),
        ("NarSize with a zero in front", .invalidNarInfo, { $0.replacing("NarSize: ", with: "NarSize: 0") }),
        ("NarSize above Int64", .invalidNarInfo, { $0.replacing("14832", with: "9223372036854775808") }),
        (
            "NarHash in hexadecimal", .invalidNarInfo,
            {
                $0.replacing(
                    "sha256:0mlwxpi8gchb349ppn0gw4jdkncrdag4hl14zl7aq3nl50l9bq1k",
                    with: "sha256:" + String(repeating: "ab", count: 32))
            }
        ),
        ("another store", .wrongStoreDirectory, { $0.replacing("/gnu/store", with: "/nix/store") }),
        ("a reference with a slash", .invalidNarInfo, { $0.replacing("References: ", with: "References: a/b ") }),
        ("Compression without URL", .invalidNarInfo, { $0.replacing("URL: nar/gzip", with: "X-URL: nar/gzip") }),
        ("URL without Compression", .invalidNarInfo, { $0 + "URL: nar/x\n" }),
        ("Compression twice", .invalidNarInfo, { $0 + "Compression: gzip\n" }),
        ("URL with a space", .invalidNarInfo, { $0 + "URL: a b\nCompression: none\n" }),
        ("FileSize twice", .invalidNarInfo, { $0 + "FileSize: 1\nFileSize: 1\n" }),
        (
            "signed URL, unsigned Compression", .invalidNarInfo,
            {
                "URL: nar/a\n" + $0.replacing("URL: nar/gzip/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0\n", with: "")
            }
        ),
        ("too many downloads", .limitExceeded, { $0 + String(repeating: "URL: a\nCompression: none\n", count: 33) }),
        ("too many fields", .limitExceeded, { $0 + String(repeating: "X: a\n", count: 33) }),
        ("a long line", .limitExceeded, { $0 + "X: " + String(repeating: "a", count: 17000) + "\n" }),
        ("too large", .limitExceeded, { $0 + String(repeating: "X: aaaaaaaaaaaaaa\n", count: 60000) }),
    ]

    private static func line(_ text: String, _ name: String) -> String {
        text.split(separator: "\n").first { $0.hasPrefix(name + ":") }.map { $0 + "\n" } ?? ""
    }

    private static func without(_ text: String, _ name: String) -> String {
        text.replacing(line(text, name), with: "")
    }

    @Test(arguments: hostile.indices)
    func hostileOnesAreRefused(_ index: Int) throws {
        let (what, code, change) = Self.hostile[index]
        let text = try GuixFixture.text("servers/vm/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo")
        let changed = change(text)
        #expect(changed != text, "\(what)")
        #expect(throws: GuixFormatError(code, ""), "\(what)") { try GuixNarInfo(parsing: [UInt8](changed.utf8)) }
    }

    static let quirky: [(GuixNarInfo.Quirks, @Sendable (String) -> String)] = [
        (.noSignature, { without($0, "Signature") }),
        (.malformedSignature, { $0.replacing("Signature: 1;", with: "Signature: 2;") }),
        (.malformedSignature, { $0.replacing("Signature: 1;vm;", with: "Signature: 1;") }),
        (.malformedSignature, { $0.replacing("Signature: 1;vm;", with: "Signature: 1;v;m;") }),
        (.signedDownloads, { "URL: nar/a\nCompression: none\n" + $0 }),
        (.noDownloads, { $0.prefix(through: $0.firstRange(of: "==\n")?.lowerBound ?? $0.startIndex) + "=\n" }),
        (.unknownCompression, { $0 + "URL: nar/a\nCompression: pied-piper\n" }),
        (.fileHash, { $0 + "FileHash: what ever\n" }),
        ([.systemField], { $0.replacing("Signature:", with: "System: x86_64-linux\nSignature:") }),
        (.unsortedReferences, { references($0, "\(last) \(first)") }),
        ([.repeatedReference], { references($0, "\(first) \(first)") }),
        (.referenceSpacing, { references($0, "\(first)  \(last)") }),
        (.missingSpace, { $0.replacing("References: \(last)", with: "References:") }),
        (.emptyDeriver, { $0.replacing("Deriver: ckscqn27xgz7s6fii8a63p2fwcq4b6lg-repro-1.0.drv", with: "Deriver: ") }),
        (.fieldOrder, { line($0, "NarSize") + without($0, "NarSize") }),
        (.unknownFields, { $0 + "X-Quorate: 2-of-3\n" }),
    ]

    private static let first = "0mlwxpi8gchb349ppn0gw4jdkncrdag4-a"
    private static let last = "zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0"
    private static func references(_ text: String, _ names: String) -> String {
        text.replacing("References: \(last)", with: "References: \(names)")
    }

    @Test(arguments: quirky.indices)
    func quirksHaveNames(_ index: Int) throws {
        let (quirk, change) = Self.quirky[index]
        let text = try GuixFixture.text("servers/vm/zpqgjbic303ag3ps308ad3mi1rx4g6p2.narinfo")
        let changed = [UInt8](change(text).utf8)
        let narInfo = try GuixNarInfo(parsing: changed, accepting: quirk)
        #expect(narInfo.quirks == quirk && !quirk.description.isEmpty)
        #expect(narInfo.serialized == changed)
        #expect(throws: GuixFormatError(.quirkNotAccepted, "")) { try GuixNarInfo(parsing: changed, accepting: []) }
        // Below the signature anything may change, above nothing.
        let key = try GuixFixture.key(of: "servers/vm/")
        let belowSignature: GuixNarInfo.Quirks = [.noDownloads, .unknownCompression, .fileHash, .unknownFields]
        #expect(narInfo.isSigned(by: key) == belowSignature.contains(quirk))
    }

    /// Before 2022 `guix publish` put the addresses above the signature.
    @Test func oldNarInfosHaveSignedDownloads() throws {
        let key = try GuixFixture.secret("ecc")
        let path = "/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0"
        let above = """
            StorePath: \(path)
            URL: nar/gzip/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0
            Compression: gzip
            FileSize: 4
            NarHash: sha256:0mlwxpi8gchb349ppn0gw4jdkncrdag4hl14zl7aq3nl50l9bq1k
            NarSize: 14832
            References:\u{20}
            System: x86_64-linux
            Deriver: ckscqn27xgz7s6fii8a63p2fwcq4b6lg-repro-1.0.drv

            """
        let signature = try key.sign([UInt8](above.utf8), host: "old.example")
        let narInfo = try GuixNarInfo(parsing: [UInt8]("\(above)Signature: \(signature)\n".utf8))
        #expect(narInfo.isSigned(by: key.publicKey) && narInfo.hasSignedDownloads)
        #expect(narInfo.downloads.map(\.fileSize) == [4] && narInfo.downloads.allSatisfy(\.isSigned))
        #expect(throws: GuixFormatError(.signedDownloads, "")) { try narInfo.replacingDownloads(with: []) }
    }

    @Test func downloadsAreReplacedBelowTheSignature() throws {
        let key = try GuixFixture.key(of: "servers/other/")
        let name = "servers/other/w3mm9waa2wglcfdm9bjqci310ax0cjx5.narinfo"
        let narInfo = try GuixNarInfo(parsing: try GuixFixture.bytes(name))
        let downloads = [
            GuixNarInfo.Download(url: "nar/zstd/a", compression: .zstd, fileSize: 12),
            GuixNarInfo.Download(url: "http://localhost/nar/a", compression: .none),
        ]
        let other = try narInfo.replacingDownloads(with: downloads)
        #expect(other.isSigned(by: key) && other.downloads == downloads && other.quirks == [])
        let end = "URL: nar/zstd/a\nCompression: zstd\nFileSize: 12\nURL: http://localhost/nar/a\nCompression: none\n"
        #expect(other.serialized == narInfo.serialized[..<narInfo.signatureEnd] + [UInt8](end.utf8))
        #expect(throws: GuixFormatError(.invalidNarInfo, "")) {
            try narInfo.replacingDownloads(with: [.init(url: "a\nStorePath: b", compression: .none)])
        }
    }

    /// libgcrypt's nonces follow from key and message, so one narinfo has one signature.
    @Test(arguments: GuixFixture.keyNames)
    func narInfosAreWrittenAsGuixWritesThem(key name: String) throws {
        let text = try GuixFixture.bytes("keys/\(name).narinfo")
        let theirs = try GuixNarInfo(parsing: text, accepting: [])
        let ours = try GuixNarInfo(
            storePath: theirs.storePath, narHash: theirs.narHash, narSize: theirs.narSize,
            references: theirs.references, deriver: theirs.deriver, downloads: theirs.downloads,
            signedBy: GuixFixture.secret(name), host: "vm")
        #expect(String(decoding: ours.serialized, as: UTF8.self) == String(decoding: text, as: UTF8.self))
        #expect(ours == theirs && ours.signedLength == theirs.signedLength && ours.quirks == theirs.quirks)
    }

    @Test func nothingWrongIsWritten() throws {
        let key = try GuixFixture.secret("ecc")
        let path = try StorePath("/gnu/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0", in: .gnu)
        let elsewhere = try StorePath("/nix/store/zpqgjbic303ag3ps308ad3mi1rx4g6p2-repro-1.0")
        let hash = try NarHash(parsing: "sha256:0mlwxpi8gchb349ppn0gw4jdkncrdag4hl14zl7aq3nl50l9bq1k")
        func write(size: UInt64 = 1, references: [StorePath] = [], host: String = "vm", url: String = "a") throws {
            let narInfo = try GuixNarInfo(
                storePath: path, narHash: hash, narSize: size, references: references,
                downloads: [.init(url: url, compression: .none)], signedBy: key, host: host)
            #expect(try GuixNarInfo(parsing: narInfo.serialized, accepting: []) == narInfo)
        }
        try write(references: [path])
        #expect(throws: GuixFormatError(.invalidNarInfo, "")) { try write(size: 0) }
        #expect(throws: GuixFormatError(.wrongStoreDirectory, "")) { try write(references: [elsewhere]) }
        for host in ["", "a;b", "a\nb", "a b", "ä", String(repeating: "a", count: 256)] {
            #expect(throws: GuixFormatError(.invalidSignature, "")) { try write(host: host) }
        }
        #expect(throws: GuixFormatError(.invalidNarInfo, "")) { try write(url: "") }
    }
}
