extension Derivation {
    /// Demands everything that makes a derivation one, and its canonical order.
    func validate() throws(StoreFormatError) {
        try StorePath.checkName([UInt8]((name + Derivation.fileExtension).utf8)[...])
        try validateOutputs()
        try validateInputs()
        let isPlain = system.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard isPlain else { throw invalid("the system is not printable ASCII without quotes and backslashes") }
        guard !builder.bytes.contains(0) else { throw invalid("the builder has a zero byte") }
        for argument in arguments where argument.bytes.contains(0) { throw invalid("an argument has a zero byte") }
        var last: ByteString?
        for variable in environment {
            if let last, !(last < variable.name) { throw invalid("variables are not sorted, each once") }
            guard !variable.name.bytes.contains(0), !variable.value.bytes.contains(0) else {
                throw invalid("a variable has a zero byte")
            }
            last = variable.name
        }
    }

    private func validateOutputs() throws(StoreFormatError) {
        guard !outputs.isEmpty else { throw invalid("no outputs") }
        try demandOrder(outputs.map(\.name), "outputs")
        for output in outputs {
            try StorePath.checkName([UInt8](output.name.utf8)[...])
            try demandStore(output.path)
            guard let address = output.contentAddress else { continue }
            guard address.method == .flat || address.method == .recursive else {
                throw StoreFormatError(
                    .unsupportedDerivation,
                    "derivation \(name): fixed outputs by \(address.method) are not supported yet")
            }
            guard outputs.count == 1, output.name == "out" else {
                throw invalid("a fixed output is not called out, or is not the only one")
            }
        }
    }

    private func validateInputs() throws(StoreFormatError) {
        try demandOrder(inputDerivations.map(\.path), "input derivations")
        for input in inputDerivations {
            try demandStore(input.path)
            guard input.path.isDerivation else { throw invalid("the input derivation \(input.path) is no derivation") }
            guard !input.outputs.isEmpty else { throw invalid("no output of \(input.path) is named") }
            try demandOrder(input.outputs, "outputs of \(input.path)")
            for output in input.outputs { try StorePath.checkName([UInt8](output.utf8)[...]) }
        }
        try demandOrder(inputSources, "input sources")
        for source in inputSources { try demandStore(source) }
    }

    private func demandOrder<Element: Comparable>(_ elements: [Element], _ what: String) throws(StoreFormatError) {
        for (one, next) in zip(elements, elements.dropFirst()) where !(one < next) {
            throw invalid("\(what) are not sorted, each once")
        }
    }

    private func demandStore(_ path: StorePath) throws(StoreFormatError) {
        guard path.directory == directory else {
            throw StoreFormatError(.wrongStoreDirectory, "derivation \(name): \(path) is not in \(directory)")
        }
    }

    private func invalid(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidDerivation, "derivation \(name): \(message)")
    }
}
