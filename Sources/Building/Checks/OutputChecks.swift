internal import StoreFormats

/// What a derivation demands of one of its outputs: `allowedReferences` and its relatives, or `outputChecks`.
struct OutputChecks: Sendable, Hashable {
    /// The most bytes of the output's NAR.
    var maximumSize: UInt64?
    /// The most bytes of the NARs of its closure.
    var maximumClosureSize: UInt64?
    /// Whether the output itself does not count among its requisites.
    var ignoresItself = false
    /// The lists, as written: store paths, and names of outputs.
    var lists: [List: [String]] = [:]

    /// The lists, in the order in which they are tried.
    enum List: String, CaseIterable {
        case allowedReferences, allowedRequisites, disallowedReferences, disallowedRequisites

        /// Whether what is not in the list is refused, not what is.
        var allows: Bool { self == .allowedReferences || self == .allowedRequisites }
        /// Whether it is about the whole closure.
        var isRecursive: Bool { self == .allowedRequisites || self == .disallowedRequisites }
    }

    var isEmpty: Bool { maximumSize == nil && maximumClosureSize == nil && lists.isEmpty }

    /// What a derivation demands of an output.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    init(of output: String, in attributes: DerivationAttributes) throws(BuildingError) {
        guard let structured = attributes.structured else {
            ignoresItself = true
            for list in List.allCases { lists[list] = try attributes.strings(list.rawValue) }
            return
        }
        guard let demands = structured["outputChecks"] else { return }
        guard let outputs = demands.object else {
            throw BuildingError(.invalidAttribute, "attribute 'outputChecks' must be a set")
        }
        guard let demand = outputs[ByteString(output)] else { return }
        guard let members = demand.object else {
            throw BuildingError(.invalidAttribute, "attribute 'outputChecks.\(output)' must be a set")
        }
        maximumSize = try Self.size("maxSize", of: output, in: members)
        maximumClosureSize = try Self.size("maxClosureSize", of: output, in: members)
        for list in List.allCases {
            guard let value = members[ByteString(list.rawValue)] else { continue }
            guard let words = value.strings else {
                throw BuildingError(
                    .invalidAttribute, "attribute 'outputChecks.\(output).\(list.rawValue)' must be a list of strings")
            }
            lists[list] = words
        }
    }

    private static func size(
        _ name: String, of output: String, in members: [ByteString: AttributeValue]
    ) throws(BuildingError) -> UInt64? {
        guard let value = members[ByteString(name)] else { return nil }
        guard let size = value.count else {
            throw BuildingError(
                .invalidAttribute, "attribute 'outputChecks.\(output).\(name)' must be a number of bytes")
        }
        return size
    }
}
