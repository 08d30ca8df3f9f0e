import Quorum
import StoreFormats
import Testing
import TransparencyLog

@testable import ClaimSources

@Suite("Records of own builds, and their signatures")
struct BuildRecordTests {
    static let path = "/nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0"
    static let derivation = path + ".drv"
    static let hex = String(repeating: "0123456789abcdef", count: 4)

    static let built = """
        quorate/build-record/v1
        path \(path)
        derivation \(derivation)
        built sha256:\(hex) 1234
        reference /nix/store/0c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-hello-1.0
        reference /nix/store/1c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-libc
        input /nix/store/1c5ksl9qdnq1z7ab0v4rmvllqkmlb2n5-libc sha256:\(hex)
        log sha256:\(hex)
        time 2026-01-31T12:00:00Z

        """
    static let failed = """
        quorate/build-record/v1
        path \(path)
        derivation \(derivation)
        failed exit 1
        time 2026-01-31T12:00:00Z

        """

    @Test("What is written is read, and nothing else", arguments: [built, failed])
    func roundTrip(text: String) throws {
        let record = try #require(BuildRecord(text: text))
        #expect(record.text == text)
        #expect(BuildRecord(text: text + "\n") == nil)
        #expect(BuildRecord(text: String(text.dropLast())) == nil)
        // Every line that is taken out, doubled, or ends in a space makes another text.
        let lines = text.split(separator: "\n").map(String.init)
        for index in lines.indices {
            var changed = lines
            changed[index] += " "
            #expect(BuildRecord(text: changed.map { $0 + "\n" }.joined()) == nil, "\(changed[index])")
            changed = lines
            changed.insert(lines[index], at: index)
            #expect(BuildRecord(text: changed.map { $0 + "\n" }.joined()) == nil, "twice: \(lines[index])")
        }
    }

    @Test(
        "Hostile and sloppy texts are refused",
        arguments: [
            "", "\n", "quorate/build-record/v1\n",
            built.replacing("1234", with: "01234"), built.replacing("1234", with: "-1"),
            built.replacing("1234", with: "18446744073709551616"), built.replacing("sha256:", with: "SHA256:"),
            built.replacing("v1", with: "v2"), built.replacing("\n", with: "\r\n"),
            built.replacing("0123456789abcdef", with: "0123456789ABCDEF"),
            built.replacing("2026-01-31", with: "2026-02-31"), built.replacing(".drv", with: ""),
            built.replacing("derivation /nix", with: "derivation /gnu"),
            failed.replacing("exit 1", with: "exit  1 "), failed.replacing("exit 1", with: ""),
            failed.replacing("exit 1", with: "Exit 1"), failed.replacing("exit 1", with: "\u{1b}[2J"),
            failed.replacing("exit 1", with: String(repeating: "a", count: 65)),
        ])
    func refuses(text: String) {
        #expect(BuildRecord(text: text) == nil)
    }

    @Test("References and inputs are sorted, each once")
    func sorts() throws {
        let record = try #require(BuildRecord(text: Self.built))
        guard case .built(let narHash, let narSize, let references) = record.result else { return }
        let again = BuildRecord(
            path: record.path, derivation: record.derivation,
            result: .built(narHash: narHash, narSize: narSize, references: references.reversed() + references),
            inputs: record.inputs + record.inputs, log: record.log, time: record.time)
        #expect(again == record)
        #expect(again.inputsDigest == record.inputsDigest)
        let failed = try #require(BuildRecord(text: Self.failed))
        #expect(failed.inputsDigest != record.inputsDigest)
    }

    @Test("A signed record is a claim of its key, and of no other")
    func signs() throws {
        let key = try NixSecretKey.generate(name: "quorate-builder-1")
        let other = try NixSecretKey.generate(name: "quorate-builder-1")
        let identity = try #require(KeyIdentity(algorithm: .ed25519, bytes: key.publicKey.bytes))
        let stranger = try #require(KeyIdentity(algorithm: .ed25519, bytes: other.publicKey.bytes))
        let record = try #require(BuildRecord(text: Self.built))
        let note = try BuildEvidence.sign(record, with: key)
        let now = Timestamp(secondsSince1970: 7)
        let claim = try BuildEvidence.claim(note, by: identity, source: "own-build", at: now)
        #expect(claim.subject == .storePath(Self.path))
        #expect(claim.statement == record.statement)
        #expect(claim.form == .ownBuild)
        #expect(claim.inputs == record.inputsDigest)
        #expect(throws: SourceTrouble.self) {
            try BuildEvidence.claim(note, by: stranger, source: "own-build", at: now)
        }
        let failure = try BuildEvidence.sign(try #require(BuildRecord(text: Self.failed)), with: key)
        #expect(try BuildEvidence.claim(failure, by: identity, source: "", at: now).statement == .failed)
        // No byte of a note can be changed, cut off or added.
        for index in note.indices {
            var changed = note
            changed[index] ^= 1
            #expect(throws: SourceTrouble.self) { try BuildEvidence.claim(changed, by: identity, source: "", at: now) }
        }
        for count in [0, 1, note.count / 2, note.count - 1] {
            let cut = Array(note.prefix(count))
            #expect(throws: SourceTrouble.self) { try BuildEvidence.claim(cut, by: identity, source: "", at: now) }
        }
        #expect(throws: SourceTrouble.self) {
            try BuildEvidence.claim(note + [0x0A], by: identity, source: "", at: now)
        }
    }

    /// A key from the documentation of Go's package `note`, on which the specification is built.
    @Test("Verifier keys are written as others write them")
    func verifierKey() throws {
        let bytes = try Base64.decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").dropFirst()
        let key = try #require(NoteKey(try NixPublicKey(name: "PeterNeumann", bytes: bytes)))
        #expect(key.description == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        #expect(NoteKey(try NixPublicKey(name: "a+b", bytes: bytes)) == nil)
    }
}
