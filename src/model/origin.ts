/** What a version of a configuration comes from; a person's word is `operator`. */
export type Origin = 'default' | 'trial' | 'restore' | 'operator'
