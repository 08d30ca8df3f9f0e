import QuorateCommands

await Quorate.runProgram()
