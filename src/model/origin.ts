/** The origin of a configuration version; a person's change is `operator`. */
export type Origin = 'default' | 'trial' | 'restore' | 'operator'
