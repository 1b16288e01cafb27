package io.tilefold.servingbench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of a process. */
final class ProcessStatistics {
    private static final double MS_PER_TICK = 10;
    private static final int USER_TIME = 11;

    private ProcessStatistics() {}

    /** Time on a core since its start, in user and kernel mode, in steps of 10 ms. */
    static double cpuMs(long pid) throws IOException {
        String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[USER_TIME + 1])) * MS_PER_TICK;
    }
}
