package import ArgumentParser

/// `quorate log`: transparency logs of claims, and the logs of builds.
package struct LogCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Keep, serve, check and watch transparency logs; show the logs of builds.",
        discussion: """
            A transparency log is a folder of files that never change, and a checkpoint: any web server can serve it.
            'show' is about another thing, what a build printed.
            """.flowing,
        subcommands: [
            LogInitCommand.self, LogServeCommand.self, LogAddCommand.self, LogProveCommand.self, LogCheckCommand.self,
            LogMirrorCommand.self, LogMonitorCommand.self, LogRestoreCommand.self, LogRetireCommand.self,
            LogShowCommand.self,
        ])

    package init() {}
}
