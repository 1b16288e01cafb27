package io.tilefold.batch;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What a day partition's files looked like when they were listed: equal fingerprints, equal rows, unless a file was written again with the same length
 * within a tick of its file system's clock.
 *
 * @param bytes of all files
 * @param newestMs the latest time at which one was modified; 0 without files
 * @param sha256 of the names, lengths and times of modification of all
 */
record Fingerprint(int files, long bytes, long newestMs, String sha256) {
    /** One file of a partition. */
    record File(String path, long length, long modifiedMs) {}

    static Fingerprint of(List<File> files) {
        List<String> lines = new ArrayList<>();
        for (File file : files) {
            lines.add(file.path() + "\t" + file.length() + "\t" + file.modifiedMs() + "\n");
        }
        lines.sort(null);
        return new Fingerprint(
                files.size(),
                files.stream().mapToLong(File::length).sum(),
                files.stream().mapToLong(File::modifiedMs).max().orElse(0),
                sha256(String.join("", lines)));
    }

    private static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
