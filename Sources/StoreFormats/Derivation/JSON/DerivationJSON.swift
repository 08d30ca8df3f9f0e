/// Derivations as JSON: what `nix derivation show` prints.
///
/// JSON holds text only: a derivation with a string that is not UTF-8 has no such form, and Nix refuses it too.
public enum DerivationJSON {
    /// How the text is laid out; each version of Nix reads its own only.
    public enum Format: Hashable, Sendable, CaseIterable {
        /// As `nix show-derivation` of Nix 2.8 prints it: one object, with full store paths.
        case nix28
        /// Version 4, of Nix 2.33 and 2.34: store paths without their directory, structured attributes as they are.
        /// <https://nix.dev/manual/nix/latest/protocols/json/derivation>
        case version4
    }

    /// A derivation with its store path.
    public struct Entry: Hashable, Sendable {
        /// The path of the derivation's file.
        public let path: StorePath
        /// What lies there.
        public let derivation: Derivation

        /// Puts both together.
        public init(path: StorePath, derivation: Derivation) {
            self.path = path
            self.derivation = derivation
        }
    }

    /// The variable in which derivations carry structured attributes, as a JSON text.
    static let structuredAttributes = "__json"
}

extension DerivationJSON {
    /// Writes derivations.
    ///
    /// - Parameters:
    ///   - entries: The derivations, in any order; they are written in the order of their paths.
    ///   - format: How the text is laid out.
    ///   - indented: Whether each member stands in a line of its own, as Nix prints to a terminal.
    /// - Throws: ``StoreFormatError/Code/invalidEncoding`` for a string that is not UTF-8.
    public static func serialize(
        _ entries: some Collection<Entry>, as format: Format, indented: Bool = true
    ) throws(StoreFormatError) -> [UInt8] {
        var members: [JSONValue.Member] = []
        for entry in entries.sorted(by: { $0.path < $1.path }) {
            switch format {
            case .nix28: members.append(.init(entry.path.path, try value28(entry.derivation)))
            case .version4: members.append(.init(entry.path.baseName, try value4(entry.derivation)))
            }
        }
        let value: JSONValue =
            switch format {
            case .nix28: .object(members)
            case .version4:
                .object([.init("derivations", .object(members)), .init("version", .number("4"))])
            }
        return value.serialized(indented: indented, escapes: format == .nix28 ? .numbers : .letters)
    }

    private static func value28(_ derivation: Derivation) throws(StoreFormatError) -> JSONValue {
        let outputs = derivation.outputs.map { output -> JSONValue.Member in
            var members: [JSONValue.Member] = [.init("path", .string(output.path.path))]
            if let address = output.contentAddress {
                members.append(.init("hashAlgo", .string(address.derivationAlgorithm)))
                members.append(.init("hash", .string(Base16.encode(address.hash.digest))))
            }
            return .init(output.name, .object(members))
        }
        return .object([
            .init("outputs", .object(outputs)),
            .init("inputSrcs", .array(derivation.inputSources.map { .string($0.path) })),
            .init(
                "inputDrvs",
                .object(
                    derivation.inputDerivations.map { input in
                        .init(input.path.path, .array(input.outputs.map(JSONValue.string)))
                    })),
            .init("system", .string(derivation.system)),
            .init("builder", try text(derivation.builder, derivation)),
            .init("args", .array(try texts(derivation.arguments, derivation))),
            .init("env", .object(try variables(derivation.environment, derivation))),
        ])
    }

    private static func value4(_ derivation: Derivation) throws(StoreFormatError) -> JSONValue {
        let outputs = derivation.outputs.map { output -> JSONValue.Member in
            guard let address = output.contentAddress else {
                return .init(output.name, .object([.init("path", .string(output.path.baseName))]))
            }
            let method = address.method == .recursive ? "nar" : "flat"
            return .init(
                output.name,
                .object([
                    .init("hash", .string(address.hash.spelled(.sri))), .init("method", .string(method)),
                ]))
        }
        let inputs = derivation.inputDerivations.map { input -> JSONValue.Member in
            .init(
                input.path.baseName,
                .object([
                    .init("dynamicOutputs", .object([])), .init("outputs", .array(input.outputs.map(JSONValue.string))),
                ]))
        }
        // Attributes are taken out of the environment when putting them back gives the same bytes; in all that Nix
        // writes it does. Otherwise the variable stays as it is.
        let attributes = derivation.value(of: structuredAttributes).flatMap { value -> JSONValue? in
            guard let tree = try? JSONValue(parsing: value.bytes), case .object = tree,
                tree.sorted.serialized(indented: false) == value.bytes
            else { return nil }
            return tree
        }
        let attributesName = ByteString(structuredAttributes)
        let environment = derivation.environment.filter { attributes == nil || $0.name != attributesName }
        var members: [JSONValue.Member] = [
            .init("args", .array(try texts(derivation.arguments, derivation))),
            .init("builder", try text(derivation.builder, derivation)),
            .init("env", .object(try variables(environment, derivation))),
            .init(
                "inputs",
                .object([
                    .init("drvs", .object(inputs)),
                    .init("srcs", .array(derivation.inputSources.map { .string($0.baseName) })),
                ])),
            .init("name", .string(derivation.name)),
            .init("outputs", .object(outputs)),
        ]
        if let attributes { members.append(.init("structuredAttrs", attributes)) }
        members.append(.init("system", .string(derivation.system)))
        members.append(.init("version", .number("4")))
        return .object(members)
    }

    private static func variables(
        _ environment: [Derivation.Variable], _ derivation: Derivation
    ) throws(StoreFormatError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        for variable in environment {
            guard let name = variable.name.text else { throw notText(derivation) }
            members.append(.init(name, try text(variable.value, derivation)))
        }
        return members
    }

    private static func texts(
        _ strings: [ByteString], _ derivation: Derivation
    ) throws(StoreFormatError) -> [JSONValue] {
        var values: [JSONValue] = []
        for string in strings { values.append(try text(string, derivation)) }
        return values
    }

    private static func text(
        _ string: ByteString, _ derivation: Derivation
    ) throws(StoreFormatError) -> JSONValue {
        guard let text = string.text else { throw notText(derivation) }
        return .string(text)
    }

    private static func notText(_ derivation: Derivation) -> StoreFormatError {
        StoreFormatError(
            .invalidEncoding, "derivation \(derivation.name) has a string that is not UTF-8, which JSON cannot hold")
    }
}
