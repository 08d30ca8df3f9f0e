import Testing
import TransparencyLog

@Suite struct SignedNoteTests {
    private struct File: Decodable {
        struct Published: Decodable {
            let src: String
            let vkey: String
            let note: String
        }
        struct Negative: Decodable {
            let why: String
            let note: String
        }
        let published: [Published]
        let negativeAllMustFail: [Negative]
    }

    @Test func publishedNotesAreRead() throws {
        let file = try LogVectors.read("notes.json", as: File.self)
        #expect(file.published.count == 4)
        for vector in file.published {
            let note = try SignedNote(parsing: Array(vector.note.utf8))
            #expect(note.bytes.elementsEqual(vector.note.utf8), "\(vector.src)")
            let key = try NoteKey(vector.vkey)
            #expect(try note.verified(by: [key]).map(\.key) == [key], "\(vector.src)")
            #expect(try note.verified(by: [key]).allSatisfy { $0.time == nil })
        }
    }

    @Test func refusedNotesAreRefused() throws {
        let file = try LogVectors.read("notes.json", as: File.self)
        let key = try NoteKey(file.published[0].vkey)
        #expect(file.negativeAllMustFail.count == 8)
        for vector in file.negativeAllMustFail {
            let code = refusal {
                let note = try SignedNote(parsing: Array(vector.note.utf8))
                guard try !note.verified(by: [key]).isEmpty else { throw TransparencyLogError(.unsigned, "") }
            }
            #expect(code == (vector.why == "text altered" ? .signature : .note), "\(vector.why)")
        }
    }

    private static let seed = [UInt8](repeating: 3, count: 32)
    private let signer: NoteSigner
    private let cosigner: NoteSigner
    private let text = Array("first\n\nlast\n".utf8)

    init() throws {
        signer = try NoteSigner(name: "s.example", kind: .ed25519, seed: Self.seed)
        cosigner = try NoteSigner(name: "w.example", kind: .cosignature, seed: Self.seed)
    }

    @Test func textsMayHaveEmptyLines() throws {
        let note = try SignedNote(text: text, signatures: [try signer.sign(text)])
        let again = try SignedNote(parsing: note.bytes)
        #expect(again == note)
        #expect(again.text == text)
        #expect(try again.verified(by: [signer.key]).count == 1)
    }

    @Test(arguments: ["", "no end", "a\u{1}\n", "a\tb\n", "a\r\n"])
    func refusesTexts(text: String) throws {
        let signature = try signer.sign(self.text)
        #expect(refusal { try SignedNote(text: Array(text.utf8), signatures: [signature]) } == .note)
        let bytes = Array(text.utf8) + [0x0A] + signature.line
        // Without an end of its own, what is parsed has another text.
        if text.isEmpty || text.hasSuffix("\n") { #expect(refusal { try SignedNote(parsing: bytes) } == .note) }
    }

    @Test func refusesTextsThatAreNotUTF8() throws {
        let bytes: [UInt8] = [0xFF, 0x0A, 0x0A] + (try signer.sign(text).line)
        #expect(refusal { try SignedNote(parsing: bytes) } == .note)
        // Overlong, a surrogate, beyond Unicode, cut off.
        for bad: [UInt8] in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80]] {
            #expect(refusal { try SignedNote(parsing: bad + [0x0A, 0x0A] + (try signer.sign(text).line)) } == .note)
        }
    }

    @Test(arguments: [
        "", " ", "\u{2014}", "\u{2014} a", "\u{2014} a ", "\u{2014}  AAAAAAA=", "\u{2014} a  AAAAAAA=",
        "\u{2014} a AAAAAA==", "\u{2014} a AAAAAAB=", "\u{2014} a AAAAAAA", "\u{2014} a AAAAAAA= ",
        "\u{2014} a+b AAAAAAA=",
        "\u{2014} a\u{A0}b AAAAAAA=", "\u{2013} a AAAAAAA=", " \u{2014} a AAAAAAA=", "\u{2014} a AAAAAAA=\r",
        "\u{2014}\ta AAAAAAA=",
    ])
    func refusesLines(line: String) {
        #expect(NoteSignature(line: Array(line.utf8)) == nil)
        let note = Array("text\n\n\u{2014} a AAAAAAA=\n\(line)\n".utf8)
        #expect(refusal { try SignedNote(parsing: note) } == .note)
    }

    @Test func readsLinesOfUnknownKeys() throws {
        let line = try #require(NoteSignature(line: Array("\u{2014} m\u{FC}ller/1 AAAABgA=".utf8)))
        #expect(line.name == "m\u{FC}ller/1")
        #expect(line.keyID == 6)
        #expect(line.signature == [0])
        #expect(String(decoding: line.line, as: UTF8.self) == "\u{2014} m\u{FC}ller/1 AAAABgA=\n")
    }

    @Test func unknownLinesAreIgnored() throws {
        let other = try NoteSigner.generate(name: "s.example", kind: .ed25519)
        let unknown = try #require(NoteSignature(line: Array("\u{2014} s.example AAAABgA=".utf8)))
        let note = try SignedNote(
            text: text, signatures: [unknown, try other.sign(text), try signer.sign(text), unknown])
        #expect(try note.verified(by: [signer.key]).map(\.key) == [signer.key])
        #expect(try note.verified(by: []).isEmpty)
    }

    /// A line of a known name and hash that is wrong rejects the note, wherever it stands, and also beside a right one.
    @Test func knownLinesThatFailReject() throws {
        let good = try signer.sign(text)
        var bytes = good.line
        bytes[bytes.count - 6] ^= 1
        let forged = try #require(NoteSignature(line: Array(bytes.dropLast())))
        #expect(forged != good)
        for signatures in [[forged], [good, forged], [forged, good]] {
            let note = try SignedNote(text: text, signatures: signatures)
            #expect(refusal { try note.verified(by: [signer.key]) } == .signature)
            #expect(try note.verified(by: [cosigner.key]).isEmpty)
        }
        let parts = good.line.dropLast().split(separator: UInt8(ascii: " "))
        let decoded = try #require(StrictText.decodeBase64(parts[2]))
        let cut = "\u{2014} s.example " + StrictText.encodeBase64(decoded.dropLast())
        let short = try #require(NoteSignature(line: Array(cut.utf8)))
        #expect(refusal { try SignedNote(text: text, signatures: [short]).verified(by: [signer.key]) } == .signature)
    }

    /// One raw key in two roles: the hash says which, and neither's signature passes as the other's.
    @Test func kindsAreApart() throws {
        let plain = try NoteSigner(name: "k.example", kind: .ed25519, seed: Self.seed)
        let timed = try NoteSigner(name: "k.example", kind: .cosignature, seed: Self.seed)
        #expect(plain.key.publicKey == timed.key.publicKey)
        #expect(plain.key.id != timed.key.id)
        let note = try SignedNote(text: text, signatures: [try plain.sign(text)])
        #expect(try note.verified(by: [timed.key]).isEmpty)
        #expect(refusal { try timed.sign(text) } == .key)
        #expect(refusal { try plain.cosign(text, at: 1) } == .key)
        // A cosignature is a signature over something that is no note: never one over the text that it begins with.
        let message = Array("cosignature/v1\ntime 1\n".utf8) + text
        #expect(try plain.signature(over: message).elementsEqual(timed.cosign(text, at: 1).signature.dropFirst(8)))
    }

    @Test func cosignaturesBindTheirTime() throws {
        let cosigned = try cosigner.cosign(text, at: 1_767_225_600)
        let note = try SignedNote(text: text, signatures: [cosigned])
        #expect(try note.verified(by: [cosigner.key]).map(\.time) == [1_767_225_600])
        for byte in 0..<72 {
            var changed = cosigned.line.dropLast()
            var decoded = try #require(StrictText.decodeBase64(changed.suffix(104)))
            decoded[4 + byte] ^= 0x80
            changed = changed.dropLast(104) + Array(StrictText.encodeBase64(decoded).utf8)
            let line = try #require(NoteSignature(line: Array(changed)))
            let forged = try SignedNote(text: text, signatures: [line])
            #expect(refusal { try forged.verified(by: [cosigner.key]) } == .signature)
        }
        #expect(refusal { try cosigner.cosign(text, at: UInt64.max) } == .range)
    }

    @Test func newestOfACosignersLinesCounts() throws {
        let times: [UInt64] = [5, 9, 7]
        let note = try SignedNote(text: text, signatures: try times.map { try cosigner.cosign(text, at: $0) })
        #expect(try note.verified(by: [cosigner.key]).map(\.time) == [9])
    }

    @Test func aKeyGivenTwiceIsOne() throws {
        let note = try SignedNote(text: text, signatures: [try signer.sign(text)])
        #expect(try note.verified(by: [signer.key, signer.key]).count == 1)
    }

    @Test func limitsHold() throws {
        let line = try signer.sign(text)
        #expect(
            refusal { try SignedNote(text: text, signatures: Array(repeating: line, count: 101)) } == .limit)
        let full = try SignedNote(text: text, signatures: Array(repeating: line, count: 100))
        #expect(try SignedNote(parsing: full.bytes) == full)
        #expect(try full.verified(by: [signer.key]).count == 1)
        #expect(refusal { try SignedNote(parsing: full.bytes + line.line) } == .limit)
        #expect(
            refusal { try NoteSignature.lines(parsing: Array(repeating: line.line, count: 101).flatMap { $0 }) }
                == .limit)
        let long = [UInt8](repeating: 0x61, count: SignedNote.maximumByteCount) + [0x0A]
        #expect(refusal { try SignedNote(text: long, signatures: [line]) } == .limit)
        #expect(refusal { try SignedNote(parsing: long + [0x0A] + line.line) } == .limit)
        #expect(NoteSignature(line: Array("\u{2014} a ".utf8) + [UInt8](repeating: 0x41, count: 8_192)) == nil)
        #expect(refusal { try SignedNote(text: text, signatures: []) } == .note)
    }

    @Test func linesAloneAreRead() throws {
        let line = try cosigner.cosign(text, at: 3)
        #expect(try NoteSignature.lines(parsing: []).isEmpty)
        #expect(try NoteSignature.lines(parsing: line.line + line.line) == [line, line])
        for bad: [UInt8] in [[0x0A], line.line.dropLast(), line.line + [0x0A], [0x0A] + line.line] {
            #expect(refusal { try NoteSignature.lines(parsing: bad) } == .note)
        }
    }
}
