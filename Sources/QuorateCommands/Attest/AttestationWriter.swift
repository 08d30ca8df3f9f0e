internal import Attestations
internal import ClaimSources
internal import Quorum
internal import StoreFormats

/// Turns what this machine built into signed attestations.
struct AttestationWriter: Sendable {
    private let signer: AttestationSigner

    /// An attestation with the lists that stand beside it in the log.
    struct Written: Sendable {
        let attestation: SignedAttestation
        /// Lists of references that are too long for the attestation.
        var references: [[UInt8]] { attestation.references.map(\.bytes) }
        /// The list of the inputs, where they are known.
        let inputs: [UInt8]?
    }

    /// - Parameter key: The builder's key.
    init(key: NixSecretKey) throws(CommandError) {
        do throws(AttestationError) {
            signer = try AttestationSigner(key)
        } catch {
            throw CommandError(.badData, "the builder's key: \(error.message)")
        }
    }

    /// One statement for each path: the same build gives the same bytes however often and with whatever others it is
    /// attested, so that a log takes it once.
    func write(_ build: LocalBuild) throws(CommandError) -> Written {
        do throws(AttestationError) {
            let inputs = try build.inputs.map { inputs throws(AttestationError) in
                try InputList(inputs.map { InputList.Input(path: $0.path, narHash: $0.narHash) })
            }
            let derivation = try BuiltDerivation(
                path: build.derivation, sha256: build.derivationDigest, system: build.system)
            let attestation: SignedAttestation
            switch build.result {
            case .built(let narHash, let narSize, let references):
                let output = BuiltOutput(
                    name: build.outputName, path: build.path, narHash: narHash, narSize: narSize,
                    references: try ReferenceList(references))
                attestation = try ProvenanceStatement(
                    derivation: derivation, outputs: [output], inputs: inputs?.digest, startedOn: build.time
                ).sign(by: signer)
            case .failed(let reason):
                attestation = try FailureStatement(
                    derivation: derivation, paths: [build.path], reason: reason, inputs: inputs?.digest,
                    startedOn: build.time
                ).sign(by: signer)
            }
            return Written(attestation: attestation, inputs: inputs?.bytes)
        } catch {
            throw CommandError(.badData, "\(build.path): \(error.message)")
        }
    }
}
