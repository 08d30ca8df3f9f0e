internal import Building

extension BuildTarget.OutputSelection {
    /// Whether an output of this name is meant.
    func covers(_ name: String) -> Bool {
        switch self {
        case .all: true
        case .named(let names): names.contains(name)
        }
    }
}
