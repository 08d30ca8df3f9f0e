/// The example derivations and what they start from.
package struct ExampleSet: Sendable, Hashable {
    /// The absolute path of the Nix expression's folder.
    package let expression: String
    /// The absolute path of the folder that `prepare-inputs` filled.
    package let inputs: String

    /// The attribute that refers to all others.
    package static let top = "everyday"
    /// The program that is tampered with, by its name in store paths.
    package static let victimName = "greeter-1.0"
    /// The attribute of the same program with a back door.
    package static let backDoor = "greeterWithBackDoor"
    /// What that program says, and the honest one never.
    package static let backDoorWords = "The back door is open."
    /// What is published by one builder only.
    package static let seldomPublishedName = "draft-1.0"

    package init(expression: String, inputs: String) {
        self.expression = expression
        self.inputs = inputs
    }

    /// The script that fills ``inputs``.
    package var prepareInputs: String { "\(expression)/prepare-inputs" }

    /// The arguments of `nix-build` for one attribute, built in a home's own store.
    func buildArguments(_ attribute: String, in home: NixHome) -> [String] {
        [
            expression, "--store", home.store, "--argstr", "inputs", inputs, "--attr", attribute, "--no-out-link",
        ]
    }

    /// The arguments of `nix-instantiate` for some attributes, evaluated in a home's own store.
    func instantiateArguments(_ attributes: [String], in home: NixHome) -> [String] {
        [expression, "--store", home.store, "--argstr", "inputs", inputs]
            + attributes.flatMap { ["--attr", $0] }
    }
}
