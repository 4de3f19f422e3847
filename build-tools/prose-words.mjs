/**
 * Words and phrases that comments, messages, test titles and documents do not use, and what to write instead.
 *
 * `pattern` is a regular expression for whole words in any case; a space also matches a line break. Code in backticks, URLs and, except in
 * strings, text in double quotes are not read: those are identifiers and the words of AWS. A code span is seen as "`".
 */
export const WORDS = [
  // encryption
  { pattern: 'under (?:[\\w/-]+ ){0,4}(?:keys?|aws/ebs|`+)', use: 'encrypted with a key' },
  // "under way", and "set under their own names"
  { pattern: '(?:is|are|be|was|were|comes?|came)(?: \\w+)? under(?! (?:way|(?:\\w+ ){1,2}(?:names?|ids?|requests?)))', use: 'encrypted with' },

  // metaphors
  { pattern: 'rooms?', use: 'capacity, space or a folder' },
  { pattern: 'houses?', use: 'repository' },
  { pattern: 'floors?', use: 'minimum' },
  { pattern: '(?:on|the|this) stage', use: 'a step (a CDK Stage is written `Stage`)' },
  { pattern: 'play(?:s|ed|ing)?', use: 'run, deploy' },
  { pattern: 'blinks?', use: 'a moment, with its length' },
  { pattern: 'patience|patient', use: 'timeout' },
  { pattern: 'strangers?', use: 'another account' },
  // not "hello world"
  { pattern: '(?:an?|the|this|each|every|its|own|whole|real|outside|of) worlds?', use: 'state, or the name of what is meant' },
  { pattern: 'stock', use: 'seed' },
  { pattern: 'birth|born', use: 'created' },
  // "time to live" is a term
  { pattern: 'life|lives|lived|living|(?<!time to )live', use: 'exists, runs; lifecycle' },
  // a reader may look for something and look it up; a program reads or describes it, and no call is "a look"
  { pattern: '(?:an?|the|each|every|one|no|first|second|next|another|last|single) look', use: 'call, poll or listing' },
  { pattern: 'looks (?:at|for|into)|looked (?:at|for|into)|look (?:for|at) (?:itself|themselves)', use: 'read, describe, list' },
  { pattern: '(?:be|is|are|still) at work', use: 'running' },
  { pattern: 'cures?', use: 'what to do' },

  // roundabout phrases
  { pattern: 'made (?:up )?of', use: 'created from, or name the properties' },
  { pattern: 'anew', use: 'again' },
  // "told apart" is "distinguished", and plain enough
  { pattern: 'told(?! apart)', use: 'who passes, sets or reports what' },
  { pattern: 'you (?:can )?say|until you say', use: 'you set' },
  { pattern: 'takes? (?:\\w+ )?away', use: 'deletes' },
  { pattern: 'not wanted any ?more', use: 'canceled' },

  // persons and spelling
  { pattern: 'he|him|his|she|her|hers', use: 'the caller, the account, they' },
  { pattern: 'licen(?:ce|ces|ced)', use: 'license' },
];

/** The same for the first word of a comment. */
export const COMMENT_STARTS = [
  { pattern: 'what|that', use: 'the noun: "Properties of …", "Error codes that …"' },
];
