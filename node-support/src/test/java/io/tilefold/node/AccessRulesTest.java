package io.tilefold.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file that says who may call what. */
class AccessRulesTest {
    @TempDir
    Path directory;

    private AccessRules read(String text) throws IOException {
        return AccessRules.read(Files.writeString(directory.resolve("access"), text));
    }

    private static byte[] sha256(String token) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void callersAreKnownByTokenOrSubject() throws Exception {
        AccessRules rules = read("# name rights credential\n\nranker fetch sha256:"
                + HexFormat.of().formatHex(sha256("secret"))
                + "\n  trainer\tfetch,upload  subject:CN=trainer, O=Example Corp\n");

        assertThat(rules.size()).isEqualTo(2);
        assertThat(rules.ofToken(sha256("secret")))
                .hasValueSatisfying(caller -> assertThat(caller.rights()).containsExactly("fetch"));
        assertThat(rules.ofToken(sha256("Secret"))).isEmpty();
        assertThat(rules.ofSubject(new X500Principal("cn=Trainer,o=example corp")))
                .hasValueSatisfying(caller -> assertThat(caller.rights()).containsExactlyInAnyOrder("fetch", "upload"));
        assertThat(rules.ofSubject(new X500Principal("CN=trainer"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ranker fetch|a line is NAME RIGHT",
                "ranker read sha256:00|\"read\" is no right",
                "ranker fetch secret|a credential is sha256:HASH or subject:NAME",
                "ranker fetch sha256:00ff|64 hex digits",
                "ranker fetch sha256:xyz|64 hex digits",
                "ranker fetch subject:no name|improperly specified input name"
            })
    void aWrongLineIsNamed(String line, String problem) {
        assertThatThrownBy(() -> read("# first\n" + line + "\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("access:2: ")
                .hasMessageContaining(problem);
    }

    @Test
    void aNameIsGivenOnce() {
        String line = "ranker fetch subject:CN=a\n";
        assertThatThrownBy(() -> read(line + line)).hasMessageContaining("access:2: \"ranker\" is named twice");
    }
}
