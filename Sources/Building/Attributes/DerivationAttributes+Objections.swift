internal import StoreFormats

extension DerivationAttributes {
    /// Why a machine does not build this; nil when it does.
    func objection(of machine: BuildMachine) throws(BuildingError) -> String? {
        machine.objection(to: derivation.system, features: try strings("requiredSystemFeatures") ?? [])
    }

    /// What asks to be let out of the sandbox is refused, as Nix refuses it.
    func refuseEscapes() throws(BuildingError) {
        if try flag("__noChroot") {
            throw BuildingError(.notSupported, "it asks to be built without a sandbox (__noChroot)")
        }
        if let paths = try strings("__impureHostDeps"), !paths.isEmpty {
            throw BuildingError(.notSupported, "it asks for files of the host (__impureHostDeps)")
        }
    }

    /// Why a derivation cannot be built here, as far as its text tells before anything runs; nil when it tells nothing.
    static func objection(to derivation: Derivation, of machine: BuildMachine) -> String? {
        do throws(BuildingError) {
            let attributes = try DerivationAttributes(derivation, flavor: BuildFlavor(derivation.directory))
            if let why = try attributes.objection(of: machine) { return why }
            try attributes.refuseEscapes()
            if derivation.isBuiltin { try BuiltinDownload.refuseUnknown(derivation) }
            return nil
        } catch {
            return error.message
        }
    }
}
