internal import StoreFormats

/// A derivation for people.
struct DerivationPage {
    private let path: StorePath
    private let derivation: Derivation

    init(_ entry: DerivationJSON.Entry) {
        path = entry.path
        derivation = entry.derivation
    }

    func print(to terminal: Terminal) {
        terminal.output.line("\(path, .bold)")
        section("outputs", derivation.outputs.map(output), terminal)
        section("system", ["\(derivation.system)"], terminal)
        section("builder", ["\(derivation.builder)"], terminal)
        section("arguments", derivation.arguments.map { StyledText(lines: $0.description) }, terminal)
        section(
            "needs built",
            derivation.inputDerivations.map {
                "\($0.path)" + ($0.outputs == ["out"] ? "" : "  \($0.outputs.joined(separator: ", "), .cyan)")
            }, terminal)
        section("needs", derivation.inputSources.map { "\($0)" }, terminal)
        section("environment", derivation.environment.map(variable), terminal)
    }

    private func section(_ title: String, _ values: [StyledText], _ terminal: Terminal) {
        for (index, value) in values.enumerated() {
            terminal.output.line("  \((index == 0 ? title : "").padded(to: 13), .dim)" + value)
        }
    }

    private func output(_ output: Derivation.Output) -> StyledText {
        var text: StyledText = derivation.outputs.count == 1 && output.name == "out" ? "" : "\(output.name, .cyan)  "
        text += "\(output.path)"
        guard let address = output.contentAddress else { return text }
        let method = address.method == .recursive ? "NAR" : "file"
        return text + "  (fixed: \(method) of \(address.hash.spelled(.sri)))"
    }

    private func variable(_ variable: Derivation.Variable) -> StyledText {
        // Further lines of a value stand below its first.
        let value = variable.value.description.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n" + String(repeating: " ", count: 17))
        return "\(variable.name, .cyan) = " + StyledText(lines: value)
    }
}
