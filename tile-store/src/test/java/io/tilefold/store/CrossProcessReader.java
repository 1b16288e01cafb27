package io.tilefold.store;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A reader in a process of its own: {@code DIRECTORY GROUP_BY KEYS}. Prints {@code ready}, reads until its standard input ends, then prints
 * what it saw.
 */
final class CrossProcessReader {
    private CrossProcessReader() {}

    public static void main(String[] arguments) throws IOException {
        InvariantReader checker = new InvariantReader(
                TileStoreReader.open(Path.of(arguments[0])),
                InvariantReader.groupBy(arguments[1]),
                Integer.parseInt(arguments[2]),
                InvariantWriter.Q,
                ProcessHandle.current().pid());
        checker.readOnce();
        System.out.println("ready");
        int round = 0;
        while ((++round & 0x3F) != 0 || System.in.available() == 0) {
            checker.readOnce();
        }
        System.out.println(checker.summary());
    }
}
