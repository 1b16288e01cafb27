package io.tilefold.cli.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Reads what a child wrote to its log from a position on. */
final class LogTail {
    private static final int TAIL_LINES_MAX = 15;
    private static final int TAIL_BYTES_MAX = 16 << 10;

    private final Path file;
    private long position;

    LogTail(Path file, long position) {
        this.file = file;
        this.position = position;
    }

    /** The complete lines written since the last call. */
    List<String> newLines() throws IOException {
        byte[] bytes = read(position);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        position += end;
        return new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
    }

    /** The end of the file from the given position on, indented for a message. */
    static String last(Path file, long from) {
        try {
            LogTail tail = new LogTail(file, 0);
            byte[] bytes = tail.read(Math.max(from, file.toFile().length() - TAIL_BYTES_MAX));
            List<String> lines =
                    new String(bytes, StandardCharsets.UTF_8).lines().toList();
            List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES_MAX), lines.size());
            return last.isEmpty() ? file + " is empty" : "the end of " + file + ":\n  " + String.join("\n  ", last);
        } catch (IOException e) {
            return file + " cannot be read: " + e.getMessage();
        }
    }

    private byte[] read(long from) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(from);
            byte[] bytes = new byte[Math.toIntExact(Math.max(0, in.length() - from))];
            in.readFully(bytes);
            return bytes;
        }
    }
}
