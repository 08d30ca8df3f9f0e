import QuorateCommands

Quorate.start()
