import Attestations
import Quorum

enum RebuilderLinkSample {
    static func bytes(signer: AttestationSigner, name: String = "hello", hash: UInt8 = 7) throws -> [UInt8] {
        guard let digest = Digest256([UInt8](repeating: hash, count: 32)) else { throw World.Trouble() }
        let link = try RebuilderLink(
            artifact: "\(name)_1_all.deb", sha256: digest, buildinfo: "\(name)_1_all.buildinfo", buildinfoSHA256: digest
        )
        return try link.signed(by: signer).bytes
    }
}
