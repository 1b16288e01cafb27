package io.tilefold.job;

import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** A command's options on their way to the job that it starts. */
public final class JobArguments {
    private JobArguments() {}

    /**
     * Those of a command line that are declared by an options class, as they were given: what the same options of the job take.
     *
     * @param options mixed into the command
     */
    public static List<String> given(ParseResult commandLine, Object options) {
        List<String> arguments = new ArrayList<>();
        // What is given twice is matched twice, each time with all that was given.
        for (OptionSpec option : new LinkedHashSet<>(commandLine.matchedOptions())) {
            if (option.userObject() instanceof Member member
                    && member.getDeclaringClass().getNestHost() == options.getClass()) {
                for (String value : option.originalStringValues()) {
                    arguments.add(option.longestName());
                    if (option.arity().max() > 0) {
                        arguments.add(value);
                    }
                }
            }
        }
        return arguments;
    }
}
