package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A large output holds what was written, however it was cut into writes and turns, and not a zero more. */
class LargeOutputTest {
    private static final int PAGE = LargePages.LENGTH;

    @TempDir
    Path directory;

    @Test
    void holdsWhatWasWritten() {
        Seeds.forEach(4, random -> {
            Path file = directory.resolve("file");
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            StoreFiles.Output output = LocalFiles.INSTANCE.createLarge(file);
            for (int turn = 0; turn < 3; turn++) {
                for (int write = 0; write < 4; write++) {
                    output.write(ByteBuffer.wrap(bytes(random, expected)));
                }
                if (random.nextBoolean()) {
                    output.sync();
                    assertThat(Files.size(file)).isEqualTo(expected.size());
                }
                output.close();
                assertThat(Files.readAllBytes(file)).isEqualTo(expected.toByteArray());
                output = LocalFiles.INSTANCE.reopen(file, expected.size());
            }
            output.close();
        });
    }

    /** Some bytes, around the length of a step now and then; they are expected. */
    private static byte[] bytes(SplittableRandom random, ByteArrayOutputStream expected) {
        int length = random.nextInt(3) == 0 ? PAGE - 2 + random.nextInt(4) : random.nextInt(PAGE);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i += 512) {
            bytes[i] = (byte) random.nextInt();
        }
        expected.writeBytes(bytes);
        return bytes;
    }

    @Test
    void reopensShorter() throws IOException {
        Path file = directory.resolve("file");
        byte[] bytes = new byte[3 * PAGE];
        Arrays.fill(bytes, (byte) 1);
        try (StoreFiles.Output output = LocalFiles.INSTANCE.createLarge(file)) {
            output.write(ByteBuffer.wrap(bytes));
        }
        try (StoreFiles.Output output = LocalFiles.INSTANCE.reopen(file, PAGE + 5)) {
            output.write(ByteBuffer.wrap(bytes, 0, 7));
            output.sync();
        }
        assertThat(Files.readAllBytes(file)).hasSize(PAGE + 12).containsOnly(1);
    }
}
