internal import LocalStore
internal import StoreFormats

/// What is added to structured attributes before a builder sees them.
package enum StructuredAttributes {
    /// Attributes as they are written down for a builder, with nothing added.
    ///
    /// - Returns: What `.attrs.json` and `.attrs.sh` would hold.
    /// - Throws: ``BuildingError/Code/invalidAttribute`` when the bytes are no JSON object.
    package static func rendered(_ json: [UInt8]) throws(BuildingError) -> (json: [UInt8], shell: [UInt8]) {
        guard case .object(let members) = try AttributeValue(parsing: json) else {
            throw BuildingError(.invalidAttribute, "structured attributes are not a JSON object")
        }
        return (JSONWriter.write(.object(members)), ShellAttributes.write(members))
    }

    /// The attributes with `outputs` as an object of paths, and the graphs that `exportReferencesGraph` asks for.
    ///
    /// - Throws: ``BuildingError/Code/invalidAttribute``.
    static func complete(
        _ attributes: [ByteString: AttributeValue], of derivation: Derivation, graph: InputGraph
    ) throws(BuildingError) -> [ByteString: AttributeValue] {
        var complete = attributes
        complete["outputs"] = .object(
            Dictionary(
                uniqueKeysWithValues: derivation.outputs.map {
                    (ByteString($0.name), AttributeValue.string($0.path.path))
                }))
        guard let wanted = attributes[ByteString(ReferencesGraphFiles.attribute)]?.object else { return complete }
        for (name, list) in wanted {
            guard let starts = list.strings ?? list.string.map({ [$0] }) else {
                throw BuildingError(
                    .invalidAttribute, "'\(ReferencesGraphFiles.attribute).\(name)' must be a list of store paths")
            }
            var paths: [StorePath] = []
            for start in starts {
                guard let path = try? StorePath(start, in: derivation.directory) else {
                    throw BuildingError(
                        .invalidAttribute,
                        "'\(ReferencesGraphFiles.attribute).\(name)' contains '\(start)', no store path")
                }
                paths.append(path)
            }
            complete[name] = .array(try description(of: paths, graph: graph))
        }
        return complete
    }

    private static func description(of starts: [StorePath], graph: InputGraph) throws(BuildingError) -> [AttributeValue]
    {
        var elements: [AttributeValue] = []
        for path in try graph.exported(starts) {
            let info = try graph.info(of: path)
            let closureSize = try graph.size(of: try graph.closure(of: [path]))
            var members: [ByteString: AttributeValue] = [
                "path": .string(path.path),
                "narHash": .string(info.narHash.description),
                "narSize": .integer(Int64(clamping: info.narSize)),
                "references": .array(info.references.map { .string($0.path) }),
                "closureSize": .integer(Int64(clamping: closureSize)),
            ]
            if let address = info.contentAddress { members["ca"] = .string(address.description) }
            elements.append(.object(members))
        }
        return elements
    }
}
