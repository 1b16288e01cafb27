package io.tilefold.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import org.agrona.DirectBuffer;

/**
 * Bytes as lines of eight, compared with annotated files in {@code src/test/resources/golden}: what stands behind {@code #} is for people. What the bytes are
 * now stands in {@code target/golden}.
 */
public final class GoldenHex {
    private static final int WORD = 8;

    private GoldenHex() {}

    public static String dump(DirectBuffer buffer, int length) {
        StringBuilder lines = new StringBuilder();
        for (int at = 0; at < length; at += WORD) {
            byte[] word = new byte[Math.min(WORD, length - at)];
            buffer.getBytes(at, word);
            lines.append(String.format(
                    Locale.ROOT, "%05x  %s%n", at, HexFormat.ofDelimiter(" ").formatHex(word)));
        }
        return lines.toString();
    }

    /** @param name of the file, without its ending */
    public static void assertGolden(String name, String actual) {
        write(Path.of("target", "golden", name + ".hex"), actual);
        assertThat(withoutAnnotations(actual))
                .as("golden/%s.hex; the bytes as they are now stand in target/golden", name)
                .isEqualTo(withoutAnnotations(read("/golden/" + name + ".hex")));
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(String resource) {
        try (InputStream file = GoldenHex.class.getResourceAsStream(resource)) {
            if (file == null) {
                throw new AssertionError(
                        "no src/test/resources" + resource + ": annotate what stands in target/golden");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutAnnotations(String text) {
        return text.lines()
                .map(line -> line.replaceFirst("\\s*#.*", ""))
                .filter(line -> !line.isBlank())
                .collect(Collectors.joining("\n"));
    }
}
