extension Derivation {
    /// The contents of the derivation's file.
    ///
    /// <https://nix.dev/manual/nix/latest/protocols/derivation-aterm>
    public func serialized() -> [UInt8] {
        let inputs = inputDerivations.map { WrittenInput(name: $0.path.path, outputs: $0.outputs) }
        return serialized(inputs: inputs, masksOutputs: false)
    }

    /// What stands for an input where a derivation is written: its path, or its hash.
    struct WrittenInput {
        let name: String
        let outputs: [String]
    }

    /// Writes the derivation with its inputs under other names.
    ///
    /// - Parameters:
    ///   - inputs: What stands for the input derivations, in order.
    ///   - masksOutputs: Whether output paths, and variables that have an output's name, are left empty.
    func serialized(inputs: [WrittenInput], masksOutputs: Bool) -> [UInt8] {
        var writer = ATermWriter()
        writer.append("Derive(")
        writer.list(outputs) { output, writer in
            writer.append("(")
            writer.plain(output.name)
            writer.append(",")
            writer.plain(masksOutputs ? "" : output.path.path)
            writer.append(",")
            writer.plain(output.contentAddress?.derivationAlgorithm ?? "")
            writer.append(",")
            writer.plain(output.contentAddress.map { Base16.encode($0.hash.digest) } ?? "")
            writer.append(")")
        }
        writer.append(",")
        writer.list(inputs) { input, writer in
            writer.append("(")
            writer.plain(input.name)
            writer.append(",")
            writer.list(input.outputs) { $1.plain($0) }
            writer.append(")")
        }
        writer.append(",")
        writer.list(inputSources) { $1.plain($0.path) }
        writer.append(",")
        writer.plain(system)
        writer.append(",")
        writer.string(builder.bytes)
        writer.append(",")
        writer.list(arguments) { $1.string($0.bytes) }
        writer.append(",")
        let masked = masksOutputs ? Set(outputs.map { ByteString($0.name) }) : []
        writer.list(environment) { variable, writer in
            writer.append("(")
            writer.string(variable.name.bytes)
            writer.append(",")
            writer.string(masked.contains(variable.name) ? [] : variable.value.bytes)
            writer.append(")")
        }
        writer.append(")")
        return writer.bytes
    }
}

extension ContentAddress {
    /// Method and algorithm as derivations have them: `sha256`, `r:sha256`.
    var derivationAlgorithm: String { "\(method == .recursive ? "r:" : "")\(hash.algorithm.rawValue)" }
}

/// Writes the terms that ``ATermReader`` reads.
struct ATermWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a string that needs no escapes.
    mutating func plain(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var rest = text[...]
        while let special = rest.firstIndex(where: ATerm.isSpecial) {
            bytes.append(contentsOf: rest[..<special])
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(ATerm.escaped(rest[special]))
            rest = rest[(special + 1)...]
        }
        bytes.append(contentsOf: rest)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func list<Element>(_ elements: [Element], _ write: (Element, inout ATermWriter) -> Void) {
        append("[")
        var isFirst = true
        for element in elements {
            if !isFirst { append(",") }
            isFirst = false
            write(element, &self)
        }
        append("]")
    }
}
