package import Logging

/// Writes each event as one line; the line is whole and safe when it reaches `write`.
package struct LineLogHandler: LogHandler {
    let label: String
    let setup: LoggingSetup
    let write: @Sendable ([UInt8]) -> Void

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    init(
        label: String, setup: LoggingSetup, metadataProvider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.label = label
        self.setup = setup
        self.write = write
        self.metadataProvider = metadataProvider
        logLevel = setup.level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        // The nearer to the event, the more it counts.
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = .string(String(describing: error)) }
        let line = setup.format.line(
            setup.now(), event.level, label, event.message.description, all, color: setup.color)
        write(Array(line.utf8))
    }
}
