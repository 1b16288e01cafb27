package io.tilefold.cli.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A JVM to start: what {@code java} is called with.
 *
 * @param name what people call it, for messages
 * @param optionFiles files of JVM options, in the form of the launcher's {@code @argfiles}; later ones win
 * @param classPath as {@code -cp} takes it
 * @param mainClass the class whose {@code main} runs
 * @param arguments what {@code main} gets
 * @param archive where its classes are, or would be
 */
public record JvmCommand(
        String name,
        List<Path> optionFiles,
        List<String> properties,
        String classPath,
        String mainClass,
        List<String> arguments,
        Optional<ClassArchive> archive) {

    public JvmCommand {
        optionFiles = List.copyOf(optionFiles);
        properties = List.copyOf(properties);
        arguments = List.copyOf(arguments);
    }

    public JvmCommand(
            String name,
            List<Path> optionFiles,
            List<String> properties,
            String classPath,
            String mainClass,
            List<String> arguments) {
        this(name, optionFiles, properties, classPath, mainClass, arguments, Optional.empty());
    }

    /** The same, with an archive for its classes. */
    JvmCommand with(ClassArchive classes) {
        return new JvmCommand(name, optionFiles, properties, classPath, mainClass, arguments, Optional.of(classes));
    }

    /**
     * The same, writing its classes to a file when it ends.
     *
     * @param childMain a jar that has {@link ChildMain}, in place of the last entry of the class path, a directory of which no class can be archived
     */
    JvmCommand archiving(Path file, Path childMain) {
        List<String> all = new ArrayList<>(properties);
        all.add("-XX:ArchiveClassesAtExit=" + file);
        all.add("-Xlog:cds*=off");
        return new JvmCommand(name, optionFiles, all, endingIn(childMain), mainClass, arguments);
    }

    private String endingIn(Path childMain) {
        return classPath.substring(0, classPath.lastIndexOf(File.pathSeparator) + 1) + childMain;
    }

    /** The same with these before its arguments. */
    JvmCommand withFirstArguments(String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(arguments);
        return new JvmCommand(name, optionFiles, properties, classPath, mainClass, all, archive);
    }

    /** Starts the JVM of this process's kind under {@link ChildMain}, its standard input held open by this process. */
    Process start(ProcessBuilder.Redirect output) throws IOException {
        return new ProcessBuilder(commandLine())
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectOutput(output)
                .redirectError(output)
                .start();
    }

    private List<String> commandLine() {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        optionFiles.forEach(file -> line.add("@" + file));
        line.addAll(properties);
        Optional<ClassArchive> classes = archive.filter(ClassArchive::exists);
        classes.ifPresent(there -> line.addAll(List.of("-XX:SharedArchiveFile=" + there.file(), "-Xlog:cds*=off")));
        line.add("-cp");
        line.add(classes.map(there -> endingIn(there.childMain())).orElse(classPath));
        line.add(ChildMain.class.getName());
        line.add(mainClass);
        line.addAll(arguments);
        return line;
    }
}
