import Crypto
import Edwards25519
import StoreFormats

/// Figure 10: signatures under a key that is used often, on one core, beside the library.
struct FigureSignature {
    let bench: Bench

    private static let count = 3000

    func run() throws {
        let secret = Curve25519.Signing.PrivateKey()
        let key = Array(secret.publicKey.rawRepresentation)
        // As long as what a narinfo's signature is over.
        let signed = try (0..<Self.count).map { number in
            let message =
                Array("1;/nix/store/\(number)-a-package-of-usual-length;sha256:".utf8)
                + [UInt8](repeating: 0x61, count: 250)
            return (signature: Array(try secret.signature(for: message)), message: message)
        }
        let ring = EdwardsKeyRing()
        var ours = Samples()
        var library = Samples()
        for _ in 0..<bench.runs {
            let bare = Stopwatch()
            let known = try Curve25519.Signing.PublicKey(rawRepresentation: key)
            let valid = signed.count { known.isValidSignature($0.signature, for: $0.message) }
            library.add(Double(valid) / bare.seconds)
            let watch = Stopwatch()
            let same = signed.count { ring.isValidEd25519($0.signature, over: $0.message, under: key) }
            ours.add(Double(same) / watch.seconds)
            try demand(valid == signed.count && same == valid, "\(same) and \(valid) of \(signed.count) are valid")
            // The same signatures, each over the next one's message.
            let wrong = zip(signed, signed.dropFirst()).count {
                ring.isValidEd25519($0.signature, over: $1.message, under: key)
            }
            try demand(wrong == 0, "\(wrong) forgeries were accepted")
        }
        bench.report.compare(
            "10 Ed25519 signatures under a known key, one core", ours, "BoringSSL", library, .perSecond,
            ratio: ours.median / library.median, .atLeast(3.00))
        var tables = Samples()
        for _ in 0..<bench.runs {
            let watch = Stopwatch()
            try demand(EdwardsPublicKey(key) != nil, "the key is a point")
            tables.add(watch.seconds)
        }
        bench.report.single(
            "10 making a key's table", tables, .milliseconds, .atMost(0.002),
            note: "\(EdwardsPublicKey.tableByteCount / 1000) kB")
    }
}
