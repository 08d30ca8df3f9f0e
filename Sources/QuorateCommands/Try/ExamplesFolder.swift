internal import FoundationEssentials
internal import Glibc

/// Where the example derivations are: beside the program, installed or in a checkout.
enum ExamplesFolder {
    /// - Parameter given: What the command line says, which is then the only place.
    static func find(_ given: String?) throws(CommandError) -> String {
        if let given {
            guard let folder = absolute(given) else {
                throw CommandError(.noInput, "\(given): no examples there; name the folder with default.nix")
            }
            return folder
        }
        var candidates = ["Examples"]
        // The program's own folder: .build/release in a checkout, PREFIX/bin when installed.
        if let program = absolute("/proc/self/exe", holding: nil) {
            let folder = program.split(separator: "/").dropLast()
            for up in 0...4 where up <= folder.count {
                let base = "/" + folder.dropLast(up).joined(separator: "/")
                candidates += ["\(base)/Examples", "\(base)/share/quorate/examples"]
            }
        }
        for candidate in candidates {
            if let folder = absolute(candidate) { return folder }
        }
        throw CommandError(.noInput, "the example derivations are not found; name their folder with --examples")
    }

    private static func absolute(_ path: String, holding file: String? = "default.nix") -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        guard let file else { return folder }
        return access("\(folder)/\(file)", R_OK) == 0 && access("\(folder)/prepare-inputs", X_OK) == 0 ? folder : nil
    }
}
