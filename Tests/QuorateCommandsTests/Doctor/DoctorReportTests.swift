import ClientSetup
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

@Suite struct DoctorReportTests {
    private static let key = try? NixSecretKey.generate(name: "quorate-gateway-test").publicKey

    private func report(_ configuration: String) throws -> (report: DoctorReport, exitCode: Int32) {
        let folder = try TemporaryFolder()
        try folder.write("etc/nix/nix.conf", Array(configuration.utf8))
        let nix = try NixConfiguration.parse(files: ClientRoot(folder.path), environment: [:])
        let gateway = GatewaySetup(url: "http://127.0.0.1:8421", signing: .reSign(try #require(Self.key)))
        let findings = Doctor(nix: nix, environment: [:], gateway: gateway).examine()
        return (DoctorReport(nix: findings, gateway: gateway, remarks: []), findings.exitCode)
    }

    private func lines(_ report: DoctorReport, isNixOS: Bool = false) -> [String] {
        let screen = TestTerminal()
        report.print(to: screen.terminal, isNixOS: isNixOS)
        return screen.output.screen
    }

    @Test func defaultsGoRoundTheGateway() throws {
        let (report, exitCode) = try report("")
        #expect(exitCode == 1)
        let lines = lines(report)
        let first = try #require(lines.firstIndex { $0.hasPrefix("bypass") })
        let last = try #require(lines.lastIndex { $0.hasPrefix("ok") })
        #expect(first < last)
        #expect(lines.contains { $0.contains("substituters = http://127.0.0.1:8421/nix") })
        #expect(self.lines(report, isNixOS: true).contains { $0.contains("lib.mkForce") })
    }

    /// What the doctor advises is what it finds in order.
    @Test func itsOwnAdviceIsInOrder() throws {
        let gateway = GatewaySetup(url: "http://127.0.0.1:8421", signing: .reSign(try #require(Self.key)))
        let (report, exitCode) = try report(ClientSnippet.nixConf(gateway))
        #expect(exitCode == 0)
        #expect(!lines(report).contains { $0.hasPrefix("bypass") })
    }

    @Test func writesDocumentedJSON() throws {
        let text = String(decoding: try report("").report.json(), as: UTF8.self)
        for field in [
            "\"version\" : 1", "\"worst\" : \"bypass\"", "\"signing\" : \"re-sign\"", "\"severity\" : \"ok\"",
            "\"client\" : \"nix\"",
        ] {
            #expect(text.contains(field))
        }
    }
}
