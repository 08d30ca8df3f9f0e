import Attestations
import Foundation
import Quorum
import StoreFormats
import Testing

/// Leaves that somebody made to deceive: each is signed properly, so that only the reading of the statement is left.
@Suite struct AttestationReaderTests {
    private static func refusal(of payload: [UInt8]) throws -> AttestationError? {
        let signer = try Sample.signer()
        let leaf = try Envelope(signing: payload, by: signer).bytes
        do {
            _ = try AttestationReader(keys: [signer.key.identity]).read(leaf)
            return nil
        } catch {
            return error
        }
    }

    @Test func theUnchangedStatementsAreRead() throws {
        let key = try Sample.signer().key.builderID
        for statement in try StatementTests.statements() {
            #expect(try Self.refusal(of: statement.payload(builderID: key)) == nil)
        }
    }

    /// Part of a provenance statement, and what it is replaced with.
    static let provenance: [(String, String)] = [
        (#"{"_type""#, #"{ "_type""#), ("Statement/v1", "Statement/v0.1"),
        ("slsa.dev/provenance/v1", "slsa.dev/provenance/v0.2"),
        ("tag:quorate,2026:build/store-path/v1", "tag:quorate,2026:build/store-path/v2"),
        ("tag:quorate,2026:build/store-path/v1", "https://example.org/build"),
        // Another path, name, store or derivation than its other half.
        ("-hello-2.12.1\"}", "-evil-2.12.1\"}"), ("-hello-2.12.1\"}", "-hello-2.12.1-dev\"}"),
        (#"mediaType":"application/x-nix-nar","name":"/nix/"#, #"mediaType":"application/x-nix-nar","name":"/gnu/"#),
        (#""derivation":"/nix/store/0"#, #""derivation":"/nix/store/1"#),
        (#"},"name":"/nix/store/0"#, #"},"name":"/nix/store/1"#), (".drv\"}]", ".drw\"}]"),
        (#""outputs":["out"]"#, #""outputs":["dev"]"#), (#""outputs":["out"]"#, #""outputs":["dev","out"]"#),
        (#""outputs":["out"]"#, #""outputs":[]"#), (#""outputs":["out"]"#, #""outputs":["out","out"]"#),
        (#""outputName":"out""#, #""outputName":"dev""#),
        // Numbers, digests and times in other spellings.
        (#""narSize":226560"#, #""narSize":0226560"#), (#""narSize":226560"#, #""narSize":226560.0"#),
        (#""narSize":226560"#, #""narSize":2e5"#), (#""narSize":226560"#, #""narSize":-1"#),
        (#""narSize":226560"#, #""narSize":"226560""#), (#""narSize":226560"#, #""narSize":9007199254740992"#),
        (#""narSize":226560"#, #""narSize":99999999999999999999999"#), (#""narSize":226560"#, #""narSize":"#),
        ("0202", "02O2"), ("dddd", "DDDD"), ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00z"),
        ("2026-01-01T00:00:00Z", "2026-02-30T00:00:00Z"), ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01"),
        // Free text, and what nobody asked for.
        ("x86_64-linux", "My Host"), ("x86_64-linux", "X"), ("x86_64-linux", ""), ("x86_64-linux", #"x","y":"z"#),
        ("x86_64-linux", "é"), ("x86_64-linux", #"a\u0062"#), ("x86_64-linux", String(repeating: "a", count: 65)),
        (#""internalParameters":{}"#, #""internalParameters":{"note":"hi"}"#),
        (#""internalParameters":{}"#, #""internalParameters":{"inputsDigest":null}"#),
        (#""internalParameters":{}"#, #""internalParameters":{"inputsDigest":"00"}"#),
        (#"{"annotations""#, #"{"a":1,"annotations""#), ("\"}]}", "\"}]} "), ("\"}]}", "\"}]"), ("\"}]}", "\"},]}"),
        ("\"}]}", "\"}],\"z\":0}"),
        // References.
        (#""references":["/nix/"#, #""references":["/gnu/"#), (#""references":["#, #""references":["","#),
        (#""references":["#, #""references":[ "#), ("-lib-0", "-lib 0"), ("-lib-0", "/lib-0"), ("-lib-0", "-"),
        ("-lib-0", "-.."), ("-lib-0", "-" + String(repeating: "a", count: 212)),
    ]

    @Test(arguments: provenance) func aForgedProvenanceIsRefused(part: String, other: String) throws {
        let key = try Sample.signer().key.builderID
        let payload = try Sample.replacing(part, with: other, in: Sample.provenance().payload(builderID: key))
        let refusal = try Self.refusal(of: payload)
        #expect(refusal == AttestationError(.statement, "") || refusal == AttestationError(.limit, ""), "\(other)")
    }

    @Test func listsOutOfOrderAreRefused() throws {
        let key = try Sample.signer().key.builderID
        let first = try Sample.path(100, "lib-0").path
        let second = try Sample.path(101, "lib-1").path
        let payload = try Sample.provenance().payload(builderID: key)
        for list in [[second, first], [first, first], [first, second, second]] {
            let text = list.map { "\"\($0)\"" }.joined(separator: ",")
            let other = try Sample.replacing(#"["\#(first)","\#(second)"]"#, with: "[\(text)]", in: payload)
            #expect(try Self.refusal(of: other) == AttestationError(.statement, ""))
        }
        // Subjects out of order, and the same twice.
        let outputs = try [Sample.output(references: 0), Sample.output("dev", number: 5, references: 0)]
        let both = String(decoding: try Sample.provenance(outputs: outputs).payload(builderID: key), as: UTF8.self)
        let start = try #require(both.range(of: #""subject":["#)).upperBound
        let subjects = both[start...].dropLast(2).components(separatedBy: "},{\"annotations").enumerated().map {
            index, text in
            (index == 0 ? "" : "{\"annotations") + text + (index == 0 ? "}" : "")
        }
        #expect(subjects.count == 2)
        for order in [[1, 0], [0, 0], [0], [0, 1, 1]] {
            let text = both[..<start] + order.map { subjects[$0] }.joined(separator: ",") + "]}"
            #expect(try Self.refusal(of: Array(text.utf8)) != nil, "\(order)")
        }
        #expect(try Self.refusal(of: Array((both[..<start] + subjects.joined(separator: ",") + "]}").utf8)) == nil)
    }

    /// What the writer puts beside the statement must not stand in it.
    @Test func aListThatIsTooLongToStandInTheStatementIsRefused() throws {
        let key = try Sample.signer().key.builderID
        let payload = try Sample.provenance(outputs: [Sample.output(references: 0)]).payload(builderID: key)
        for (count, isRead) in [(33, true), (34, false)] {
            let paths = try (0..<count).map { try Sample.path($0, String(repeating: "a", count: 200)).path }
            let list = "[" + paths.map { "\"\($0)\"" }.joined(separator: ",") + "]"
            let other = try Sample.replacing(#""references":[]"#, with: #""references":\#(list)"#, in: payload)
            #expect(try (Self.refusal(of: other) == nil) == isRead)
        }
    }

    @Test(arguments: [
        ("exit 1", "exit 300"), ("exit 1", "see https://example.org"), ("exit 1", #"exit 1","x":"y"#),
        ("FAILED", "PASSED"), ("test-result/v0.1", "test-result/v0.2"),
        (#""failedTests":["#, #""failedTests":[],"x":["#),
        ("-hello-2.12.1-doc", "-evil"), ("-hello-2.12.1-doc", "-hello-2.12.1-"),
        (#""subject":[{"digest":{"sha256":"d"#, #""subject":[{"digest":{"sha256":"e"#),
        (".drv\"}]}", ".drv\"},{}]}"), ("tag:quorate,2026:build/store-path/v1", "tag:quorate,2026:build/debian/v1"),
        (#","startedOn""#, #","host":"laptop","startedOn""#),
    ])
    func aForgedFailureIsRefused(part: String, other: String) throws {
        let key = try Sample.signer().key.builderID
        let payload = try Sample.replacing(part, with: other, in: Sample.failure().payload(builderID: key))
        #expect(try Self.refusal(of: payload) == AttestationError(.statement, ""), "\(other)")
    }

    @Test(arguments: [
        ("pkg:deb/debian/hello@", "pkg:deb/debian/evil@"), ("%2B", "%2b"), ("%2B", "+"), ("@1:2", "@1%3A2"),
        ("@1:2", "@1:3"),
        ("?arch=amd64", "?arch=arm64"), ("&distro=debian-12", ""), ("&distro=debian-12", "&distro=debian-12&x=y"),
        ("&distro=debian-12", "&distro=Debian 12"), ("pkg:deb/debian", "pkg:deb/ubuntu"),
        ("hello_2.10", "../hello_2.10"),
        (#""source":"hello""#, #""source":"hallo""#), (#""source":"hello""#, #""source":"""#),
        ("_amd64.buildinfo", "_amd64.changes"),
        (".dsc", ".tar"), (#""architecture":"amd64""#, #""architecture":"AMD64""#), ("hello-dbgsym_", "zzz_"),
    ])
    func aForgedDebianStatementIsRefused(part: String, other: String) throws {
        let key = try Sample.signer().key.builderID
        let payload = try Sample.replacing(part, with: other, in: Sample.debian().payload(builderID: key))
        #expect(try Self.refusal(of: payload) == AttestationError(.statement, ""), "\(other)")
    }

    /// A payload of one builder under the signature of another: who signs must be whom the statement names.
    @Test func aStatementIsNotSignedBySomebodyElse() throws {
        let owner = try Sample.signer(1)
        let thief = try Sample.signer(2)
        for statement in try StatementTests.statements() {
            let payload = statement.payload(builderID: owner.key.builderID)
            let leaf = try Envelope(signing: payload, by: thief).bytes
            let read: AttestationError?
            do {
                _ = try AttestationReader(keys: [thief.key.identity]).read(leaf)
                read = nil
            } catch {
                read = error
            }
            // Debian's and all others say who built; so none of them passes.
            #expect(read == AttestationError(.statement, ""))
        }
    }

    /// Every byte of a leaf matters: with any other value it is refused, or is the envelope of a key nobody asked for.
    @Test func noByteOfALeafCanBeChanged() throws {
        let signer = try Sample.signer()
        let reader = AttestationReader(keys: [signer.key.identity])
        let leaf = try Sample.provenance().sign(by: signer).leaf
        #expect(try reader.admits(leaf))
        for index in leaf.indices {
            for bit: UInt8 in [0x01, 0x20, 0x80] {
                var other = leaf
                other[index] ^= bit
                let read = try? reader.read(other)
                #expect(read == nil, "byte \(index)")
            }
        }
        for count in [0, 1, leaf.count / 2, leaf.count - 1] {
            #expect(throws: AttestationError(.envelope, "")) { try reader.read(Array(leaf.prefix(count))) }
        }
        #expect(throws: AttestationError(.envelope, "")) { try reader.read(leaf + [0x0A]) }
    }

    @Test func aLeafOfAnotherKeyIsPassedOver() throws {
        let leaf = try Sample.provenance().sign(by: Sample.signer(1)).leaf
        #expect(try !AttestationReader(keys: [Sample.signer(2).key.identity]).admits(leaf))
        #expect(try !AttestationReader(keys: []).admits(leaf))
    }

    /// The identifier is a hint: under somebody else's it is somebody else's signature, which does not verify.
    @Test func anEnvelopeUnderAnotherNameDoesNotVerify() throws {
        let one = try Sample.signer(1)
        let two = try Sample.signer(2)
        let leaf = try Sample.provenance().sign(by: one).leaf
        let swapped = try Sample.replacing(one.key.keyID.hex, with: two.key.keyID.hex, in: leaf)
        let reader = AttestationReader(keys: [one.key.identity, two.key.identity])
        #expect(throws: AttestationError(.signature, "")) { try reader.read(swapped) }
    }

    @Test func theSameStatementIsTheSameLeaf() throws {
        let signer = try Sample.signer()
        #expect(try Sample.provenance().sign(by: signer) == Sample.provenance().sign(by: signer))
    }
}
