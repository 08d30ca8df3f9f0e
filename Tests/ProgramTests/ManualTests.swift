import Foundation
import TestSupport
import Testing

@Suite("Manual pages")
struct ManualTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("scripts")

    /// What generate-manual writes, in short.
    private static let raw = #"""
        .Dd November 21, 2026
        .Dt QUORATE-STORE-ROOT.ADD 1
        .Os
        .Sh NAME
        .Nm "quorate store root add"
        .Sh DESCRIPTION
        Keeps a path.

        'gc' leaves it alone. Exit status: 0 it is kept, 66 it is not there.

        Examples:
          quorate store root add \e
              --name hello
        .Bl -tag -width 6n
        .It Ar path
        A path.

        And more.
        .El
        .Sh "EXIT STATUS"
        .Ex -std
        """#

    @Test("Pages have hyphens in names, paragraphs, their own exit statuses and literal examples")
    func rewritten() async throws {
        let home = try Home()
        try home.folder.write("page", Self.raw)
        let output = try await Program.run(
            shell: #"""
                awk -v common="$1/manual-common.mdoc" -f "$1/manual-page.awk" "$2"
                """#, [Self.scripts.path, home.folder.file("page")], home: home)
        #expect(
            output.out == #"""
                .Dd November 21, 2026
                .ds doc-volume-operating-system Quorate
                .Dt QUORATE-STORE-ROOT-ADD 1
                .Os Quorate
                .Sh NAME
                .Nm "quorate store root add"
                .Sh DESCRIPTION
                Keeps a path.
                .Pp
                \&'gc' leaves it alone.
                .Bl -tag -width 6n
                .It Ar path
                A path.
                .Pp
                And more.
                .El
                .Sh "EXIT STATUS"
                0 it is kept, 66 it is not there.
                .Pp
                What other statuses mean is told in
                .Xr quorate 1 .
                .Sh EXAMPLES
                .Bd -literal -offset indent
                quorate store root add \e
                    --name hello
                .Ed
                .Sh "SEE ALSO"
                .Xr quorate 1

                """#)
    }
}
