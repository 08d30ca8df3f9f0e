package import StoreFormats

/// What somebody wants to have.
package enum BuildTarget: Hashable, Sendable {
    /// Outputs of a derivation, by the path of its `.drv`.
    case derivation(StorePath, OutputSelection)

    /// A store path, from wherever it can be had; built only when a derivation that makes it is known.
    case path(StorePath)

    /// Which outputs of a derivation.
    package enum OutputSelection: Hashable, Sendable {
        /// Every one.
        case all
        /// Those of these names.
        case named([String])
    }

    /// The derivation that is named, if one is.
    package var derivation: StorePath? {
        guard case .derivation(let path, _) = self else { return nil }
        return path
    }
}
