import GRDB
import SQLiteFiles
import Testing

struct SQLiteFailureTests {
    @Test(arguments: [
        (ResultCode.SQLITE_FULL, SQLiteFailure.Code.full), (.SQLITE_READONLY, .readOnly),
        (.SQLITE_READONLY_DBMOVED, .readOnly), (.SQLITE_PERM, .readOnly), (.SQLITE_CANTOPEN, .cannotOpen),
        (.SQLITE_BUSY, .busy), (.SQLITE_BUSY_SNAPSHOT, .busy), (.SQLITE_LOCKED, .busy), (.SQLITE_CORRUPT, .corrupt),
        (.SQLITE_CORRUPT_VTAB, .corrupt), (.SQLITE_NOTADB, .corrupt), (.SQLITE_IOERR, .failed),
        (.SQLITE_IOERR_FSYNC, .failed), (.SQLITE_CONSTRAINT, .failed),
    ])
    func codesFollowFromSQLites(_ result: ResultCode, _ code: SQLiteFailure.Code) {
        let failure = SQLiteFailure(DatabaseError(resultCode: result), at: "/x/y.sqlite")
        #expect(failure.code == code)
        #expect(failure.message.hasPrefix("/x/y.sqlite: ") && !failure.message.contains("\n"))
        #expect("\(failure)" == failure.message)
    }

    @Test func keepsWhatSQLiteSaid() {
        let error = DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "no room")
        #expect(SQLiteFailure(error, at: "/x").message == "/x: no room")
        let disk = DatabaseError(resultCode: .SQLITE_IOERR_FSYNC)
        #expect(SQLiteFailure(disk, at: "/x").message.hasPrefix("/x: the disk reported an error (1034"))
    }

    @Test func keepsItselfAndTakesAnyError() {
        struct Odd: Error {}
        let failure = SQLiteFailure(Odd(), at: "/x")
        #expect(failure.code == .failed)
        #expect(failure.message == "/x: Odd()")
        #expect(SQLiteFailure(failure, at: "/other").message == "/x: Odd()")
    }
}
