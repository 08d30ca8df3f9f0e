import Attestations
import Foundation
import Quorum
import StoreFormats
import TestSupport
import Testing
import TransparencyLog

/// What commands make of the policy's logs, besides `verify`.
@Suite("Logs in other commands")
struct LogUseTests {
    @Test("A build takes from a cache what a builder's log and the cache agree on, and has read the log for that")
    func build() async throws {
        let cache = FakeCache()
        let signer = try Builder("depot")
        let product = try Product("thing", contents: "a thing")
        try cache.publish(product, by: signer)
        let parties = try Parties("alice")
        let log = parties.logs[0]
        try await serving([cache]) { addresses in
            let home = try Home(
                policy: signer.line(addresses[0]) + parties.lines(of: 0)
                    + "quorum none\ngroup both all alice depot\nquorum nix both\n")
            try log.attest(5...5)
            try log.publish()
            let words = ["build", "--no-host-stores", product.storePath.path]
            let short = try await Program.run(words, home: home)
            #expect(short.status == 1, "\(short.err)")
            let statement = try ProvenanceStatement(
                derivation: BuiltDerivation(
                    path: StorePath(product.storePath.path + ".drv"), sha256: TestLog.digest(3), system: "x86_64-linux"),
                outputs: [
                    BuiltOutput(
                        name: "out", path: product.storePath, narHash: product.narHash,
                        narSize: UInt64(product.nar.count), references: ReferenceList([]))
                ], inputs: nil, startedOn: Timestamp(secondsSince1970: Parties.now - 60))
            try log.append([statement.sign(by: log.attester).leaf])
            try log.publish()
            let built = try await Program.run(words, home: home)
            #expect(built.status == 0 && built.out.contains(product.storePath.path), "\(built.err)")
            // A log that goes wrong is told here too.
            try log.show(try TestLog(keysOf: log).note(at: []))
            let alarmed = try await Program.run(words + ["--dry-run"], home: home)
            #expect(alarmed.err.contains("ALARM"), "\(alarmed.err)")
        }
    }

    @Test("The gateway's metrics say how each log stands")
    func metrics() async throws {
        let log = try TestLog()
        try log.attest(0..<5)
        try log.publish(at: Parties.now - 7)
        let home = try Home(policy: try log.policy().text)
        try await withGateway(home) { gateway async throws in
            var text = ""
            let label = "{log=\"\(log.origin)\""
            let isThere = await eventually(within: .seconds(15)) {
                text = (try? await gateway.get("/metrics").text) ?? ""
                return text.contains("quorate_followed_log_standing\(label),standing=\"current\"} 1")
            }
            #expect(isThere, "\(text)")
            for line in ["entries\(label)} 5", "read_entries\(label)} 5", "standing\(label),standing=\"forked\"} 0"] {
                #expect(text.contains("quorate_followed_log_" + line + "\n"), "\(line)")
            }
            let seen = text.split(separator: "\n").first {
                $0.hasPrefix("quorate_followed_log_witnessed_timestamp_seconds{")
            }
            let time = seen?.split(separator: " ").last.flatMap { Double($0) }
            #expect(time.map { abs($0 - Double(Parties.now)) < 600 } == true, "\(seen ?? "")")
        }
    }

    @Test("A policy is checked for logs that their own operator's witness would have to cosign")
    func ownWitness() async throws {
        let parties = try Parties("alice", "bob")
        let witnesses = try ["alice", "bob", "carol"].map {
            try NoteSigner.generate(name: "\($0).example/witness", kind: .cosignature)
        }
        let lines =
            parties.lines(of: 0) + parties.lines(of: 1)
            + zip(["wa", "wb", "wc"], witnesses).map { "witness \($0) \($1.key)\n" }.joined()
        let end = "group both 2 alice bob\nquorum nix both\n"
        for (votes, warned) in [("3", true), ("all", true), ("2", false)] {
            let home = try Home(policy: lines + "group ws \(votes) wa wb wc\nquorum ws\n" + end)
            let checked = try await Program.run(["policy", "check"], home: home)
            #expect(checked.status == 0)
            let told = checked.errorLines.filter { $0.contains("is never believed") }
            #expect(told.count == (warned ? 2 : 0), "\(checked.err)")
            #expect(told.first?.contains("alice.example/log") != false)
        }
    }
}
