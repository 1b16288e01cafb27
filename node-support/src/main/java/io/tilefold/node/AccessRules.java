package io.tilefold.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Who may call what, as a file says. Immutable. One caller a line; {@code #} begins a comment:
 *
 * <pre>
 * # name    rights         credential
 * ranker    fetch          sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
 * trainer   fetch,upload   subject:CN=trainer, O=Example Corp
 * </pre>
 *
 * <p>Rights at serving nodes: {@code fetch}, {@code admin}. At ingest nodes: {@code status} (what has been applied), {@code upload} (catalogs and versions), {@code admin} (snapshots,
 * rollbacks), {@code member} (what the members of a shard group ask each other).
 *
 * <p>{@code sha256:} is the hash of a bearer token, which is random and long; {@code subject:} the subject of a client's certificate. The file holds nothing that would
 * let its reader in.
 */
public final class AccessRules {
    static final Set<String> RIGHTS = Set.of("fetch", "admin", "upload", "status", "member");

    private static final String SHA256 = "sha256:";
    private static final String SUBJECT = "subject:";
    private static final int HASH_LENGTH = 32;

    private final List<Caller> callers;

    /**
     * One line.
     *
     * @param tokenHash null where the caller is known by its certificate
     * @param subject null where the caller is known by its token
     */
    record Caller(
            String name,
            Set<String> rights,
            byte @Nullable [] tokenHash,
            @Nullable X500Principal subject) {}

    private AccessRules(List<Caller> callers) {
        this.callers = List.copyOf(callers);
    }

    /** @throws IOException naming file, line and what is wrong with it */
    static AccessRules read(Path file) throws IOException {
        List<Caller> callers = new ArrayList<>();
        Set<String> names = new HashSet<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                Caller caller = caller(line);
                if (!names.add(caller.name)) {
                    throw new IllegalArgumentException("\"" + caller.name + "\" is named twice");
                }
                callers.add(caller);
            } catch (IllegalArgumentException wrong) {
                throw new IOException(file + ":" + (i + 1) + ": " + wrong.getMessage(), wrong);
            }
        }
        return new AccessRules(callers);
    }

    private static Caller caller(String line) {
        String[] words = line.split("\\s+", 3);
        if (words.length < 3) {
            throw new IllegalArgumentException("a line is NAME RIGHT[,RIGHT...] sha256:HASH or subject:NAME");
        }
        Set<String> rights = Set.of(words[1].split(","));
        for (String right : rights) {
            if (!RIGHTS.contains(right)) {
                throw new IllegalArgumentException("\"" + right + "\" is no right; rights are fetch, upload, admin");
            }
        }
        String credential = words[2];
        if (credential.startsWith(SHA256)) {
            return new Caller(words[0], rights, hash(credential.substring(SHA256.length())), null);
        }
        if (credential.startsWith(SUBJECT)) {
            return new Caller(words[0], rights, null, new X500Principal(credential.substring(SUBJECT.length())));
        }
        throw new IllegalArgumentException("a credential is sha256:HASH or subject:NAME, not \"" + credential + "\"");
    }

    private static byte[] hash(String hex) {
        String digits = hex.strip();
        if (digits.length() != 2 * HASH_LENGTH || !digits.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException(
                    "a SHA-256 has 64 hex digits, which these " + digits.length() + " characters are not");
        }
        return HexFormat.of().parseHex(digits);
    }

    /** The caller whose token has this hash. Looks at all of them, in the same time whether and where one matches. */
    Optional<Caller> ofToken(byte[] tokenHash) {
        Caller found = null;
        for (Caller caller : callers) {
            if (caller.tokenHash != null && MessageDigest.isEqual(caller.tokenHash, tokenHash)) {
                found = caller;
            }
        }
        return Optional.ofNullable(found);
    }

    Optional<Caller> ofSubject(X500Principal subject) {
        return callers.stream().filter(caller -> subject.equals(caller.subject)).findFirst();
    }

    int size() {
        return callers.size();
    }
}
