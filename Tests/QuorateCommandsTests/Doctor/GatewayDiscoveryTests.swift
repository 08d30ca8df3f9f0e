import ClientSetup
import FoundationEssentials
import GuixFormats
import Quorum
import StoreFormats
import TestSupport
import Testing

@testable import QuorateCommands

/// Without a gateway: what the local state knows has to do, and says so.
@Suite struct GatewayDiscoveryTests {
    /// Nobody listens on port 1.
    private static let nobody = "http://127.0.0.1:1"

    @Test func saysWhatIsMissing() async throws {
        let folder = try TemporaryFolder()
        let workplace = Workplace(places: try Places(environment: ["QUORATE_HOME": folder.path]))
        await #expect {
            try await GatewayDiscovery.find(url: Self.nobody, policyFile: nil, workplace: workplace)
        } throws: { error in
            (error as? CommandError)?.status == .unavailable
        }
    }

    @Test func takesTheKeyInTheState() async throws {
        let folder = try TemporaryFolder()
        let key = try NixSecretKey.generate(name: "quorate-gateway-test")
        try folder.write("state/keys/gateway", Array(key.fileContents().utf8))
        let workplace = Workplace(places: try Places(environment: ["QUORATE_HOME": folder.path]))
        let found = try await GatewayDiscovery.find(url: Self.nobody, policyFile: nil, workplace: workplace)
        #expect(found.setup.trustedKeys == [key.publicKey])
        #expect(found.remarks.count == 1)
        #expect(found.setup.guixKeys.isEmpty)
        let guix = try GuixSecretKey.generate()
        try folder.write("state/keys/guix-gateway", guix.fileContents())
        for file in ["gateway", "guix-gateway"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder.file("state/keys/\(file)"))
        }
        let both = try await GatewayDiscovery.find(
            url: Self.nobody + "/guix/", policyFile: nil, workplace: workplace)
        #expect(both.setup.url == Self.nobody)
        #expect(both.setup.guixKeys.map(\.bytes) == [guix.publicKey.identityBytes])
    }
}
