internal import ClaimSources
package import GuixFormats
package import Quorum
package import StoreFormats

extension Inquirer {
    /// Our own clock, as this inquirer sees it.
    package var currentTime: Timestamp { now() }

    /// The policy's name for the cache at an address; the address itself when it has none.
    package func leafName(at address: String) -> String {
        caches.members.first { $0.cache.address == address }?.leaf ?? address
    }

    /// The signatures in narinfos of one outcome that verify under keys of the policy: one for each key name, so that a
    /// client which looks keys up by name meets no second one.
    /// - Parameter refused: Keys whose signatures are not passed on, such as revoked ones.
    package func validSignatures(in narInfos: [NarInfo], refused: Set<KeyIdentity> = []) -> [NixSignature] {
        var found: [NixSignature] = []
        for narInfo in narInfos {
            for signature in verifier.validSignatures(of: narInfo, refused: refused)
            where !found.contains(where: { $0.keyName == signature.keyName }) {
                found.append(signature)
            }
        }
        return found
    }

    /// The first of some Guix narinfos whose signature verifies under a key of the policy that is not refused.
    package func signed(_ narInfos: [GuixNarInfo], refused: Set<KeyIdentity> = []) -> GuixNarInfo? {
        narInfos.first { verifier.isSigned($0, refused: refused) }
    }
}
